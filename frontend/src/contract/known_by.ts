/** By what a task is known, and what is therefore not known of it. Pure. */

import type { Task } from "./generated";
import { isEnded } from "./progress";

/** How names of runs begin of which no attached process tells. */
const HEARD = "heard-";

/** Whether nobody attached tells of what the task does now. */
export function isObserved(task: Task): boolean {
  return task.run === null ? !task.known_by.includes("attach") : task.run.startsWith(HEARD);
}

/** Whether its message is not known, so that it cannot be run again as it was. */
export function isCallUnknown(task: Task): boolean {
  return isObserved(task) && !task.known_by.includes("attach");
}

/** What is not known of an observed task, in the order of its page. */
export type Unknown = "progress" | "log" | "call" | "whole" | "created";

export function unknowns(task: Task): readonly Unknown[] {
  if (!isObserved(task)) return [];
  const found: Unknown[] = task.steps.length ? ["log"] : ["progress", "log"];
  if (isEnded(task.state) && !task.known_by.includes("backend")) found.push("whole");
  if (isCallUnknown(task)) {
    found.push("call");
    if (task.created_at === null) found.push("created");
  }
  return found;
}
