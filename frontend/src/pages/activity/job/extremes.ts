/** The tasks that took longest. Pure; they are returned by their ids. */

import type { Task } from "../../../contract/messages";
import { isEnded, ran, waited, waitsSince } from "../../../contract/progress";

/** Those that ran, the one that ran longest first. */
export function slowest(tasks: readonly Task[]): readonly string[] {
  return ordered(tasks, ran);
}

/** Those that waited or wait, the one that waited longest first. `now` is the server's time in Unix seconds. */
export function longestWaits(tasks: readonly Task[], now: number): readonly string[] {
  return ordered(tasks, (task) => waited(task) ?? waits(task, now));
}

/** Seconds for which it has been waiting; null where it does not wait, or its time is yet to come. */
function waits(task: Task, now: number): number | null {
  const since = waitsSince(task);
  return since === null || since > now || isEnded(task.state) ? null : now - since;
}

function ordered(tasks: readonly Task[], length: (task: Task) => number | null): readonly string[] {
  return tasks
    .map((task) => ({ id: task.id, length: length(task) }))
    .filter((each): each is { id: string; length: number } => each.length !== null)
    .sort((one, other) => other.length - one.length)
    .map(({ id }) => id);
}
