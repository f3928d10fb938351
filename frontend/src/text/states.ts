/** The words for a task's state: one word per group of states, and sentences on how a task stands. */

import { type GroupKey, groupOfState } from "../contract/groups";
import type { State, Task } from "../contract/messages";
import { activeSteps, isRunning } from "../contract/progress";
import { about, duration, plural } from "./format";

export const groupText: Readonly<Record<GroupKey, string>> = {
  waiting: "waiting",
  running: "running",
  retrying: "retrying",
  failed: "failed",
  lost: "lost",
  revoked: "revoked",
  done: "done",
};

/** The one word for a state, wherever it is named. */
export function stateWord(state: State): string {
  return groupText[groupOfState(state)];
}

/** What a task reports: its error, its last message, or the step it is at. */
export function says(task: Task): string {
  if (task.error && (task.state === "FAILURE" || task.state === "RETRY" || task.state === "LOST")) {
    return task.error.message ? `${task.error.type}: ${task.error.message}` : task.error.type;
  }
  return task.message ?? activeSteps(task).at(-1)?.description ?? "";
}

/** Shown instead of a bar: how the task ended, or what it waits for. `now` is the server's time in Unix seconds. */
export function outcome(task: Task, now: number): string {
  const ran =
    task.started_at !== null && task.finished_at !== null
      ? duration(task.finished_at - task.started_at)
      : null;
  const later = task.eta !== null && task.eta > now ? about(task.eta - now) : null;
  switch (task.state) {
    case "PENDING":
      return later ? `starts in ${later}` : "waiting for a worker";
    case "RECEIVED":
      return later ? `starts in ${later}` : "waiting at its worker";
    case "RETRY":
      return later ? `tries again in ${later}` : "tries again";
    case "SUCCESS":
      return ran ? `done in ${ran}` : "done";
    case "FAILURE":
      if (task.retries) return `failed after ${plural(task.retries + 1, "try", "tries")}`;
      return ran ? `failed after ${ran}` : "failed";
    case "REVOKED":
      return ran ? `revoked after ${ran}` : "revoked before it started";
    case "LOST":
      return task.error ? "lost" : "lost: its worker vanished";
    default:
      return "";
  }
}

/** State and percentage in one phrase, for screen readers. */
export function spoken(task: Task, percent: number | null): string {
  const word = stateWord(task.state);
  return isRunning(task.state) && percent !== null ? `${word}, ${percent} percent` : word;
}
