/** How fast a task moves, and how long it still takes. */

import { useRef } from "preact/hooks";
import type { Step, Task } from "../../contract/messages";
import { rate } from "../../text/format";

/** The rate of a step; empty for steps that count seconds, whose rate would say nothing. */
export function speed(step: Step): string {
  return step.rate == null || step.unit === "s" ? "" : rate(step.rate, step.unit);
}

/** Seconds left, counted down between reports; null while unknown. `eta` is that of the last report. */
export function useRemaining(task: Task, eta: number | null, now: number): number | null {
  const report = useRef({ eta, offset: task.offset, at: now });
  if (report.current.offset !== task.offset) report.current = { eta, offset: task.offset, at: now };
  return eta === null ? null : Math.max(0, eta - (now - report.current.at));
}
