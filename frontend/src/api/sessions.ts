/** The calls that list and end sessions. */

import type { OpenSession } from "../contract/generated";
import { text } from "../text";
import { call, send } from "./http";

export type { OpenSession };

const SESSIONS = "/sessions";

/** Those of the user; with the right to, those of everybody. */
export async function allSessions(): Promise<readonly OpenSession[]> {
  const { sessions } = await call<{ readonly sessions: readonly OpenSession[] }>(SESSIONS);
  return sessions;
}

export async function endSession(id: string): Promise<void> {
  await send("DELETE", `${SESSIONS}/${encodeURIComponent(id)}`, undefined, text.problem.undecided);
}

/** Ends all sessions of the user but that of this page. */
export async function endOtherSessions(): Promise<void> {
  await send("DELETE", SESSIONS, undefined, text.problem.undecided);
}
