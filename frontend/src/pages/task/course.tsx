/** What a task did over time: its tries and their steps on one axis, and what they said. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { LogEntry, Task } from "../../contract/messages";
import { Log } from "./log/log_view";
import type { Part } from "./parts";
import { TimelineView } from "./timeline/timeline_view";

interface Props {
  readonly task: Task;
  readonly log: readonly LogEntry[];
  /** Whether each line of the log has an address. */
  readonly addresses?: boolean;
  /** What stands between the timeline and the log. */
  readonly children?: ComponentChildren;
}

export function Course({ task, log, addresses = false, children }: Props) {
  const [part, choose] = useState<Part | null>(null);
  const lit = useSignal<Part | null>(null);
  return (
    <>
      <TimelineView task={task} log={log} part={part} choose={choose} lit={lit} />
      {children}
      <Log task={task} entries={log} part={part} choose={choose} lit={lit} addresses={addresses} />
    </>
  );
}
