/** The one word for each group of states. */

import type { GroupKey } from "../contract/groups";

export const groupText: Readonly<Record<GroupKey, string>> = {
  waiting: "waiting",
  running: "running",
  retrying: "retrying",
  failed: "failed",
  lost: "lost",
  revoked: "revoked",
  done: "done",
};
