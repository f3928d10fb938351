/** What can be derived from a task's steps. Pure: the same task gives the same facts. */

import { ENDED, RUNNING, type State, type Step, type Task } from "./generated";

export function isRunning(state: State): boolean {
  return RUNNING.includes(state);
}

export function isEnded(state: State): boolean {
  return ENDED.includes(state);
}

/**
 * Whether it waits although a user revoked it: it keeps its state until a worker drops it. A run that began after the
 * revocation shows that the workers have forgotten it.
 */
export function isTakenBack({ state, revoked_at: at, started_at: start }: Task): boolean {
  return at != null && !isEnded(state) && !isRunning(state) && (start ?? 0) < at;
}

/** Whether it failed and was run again since. */
export function isRetried({ state, retried_as: copy }: Task): boolean {
  return copy != null && (state === "FAILURE" || state === "LOST");
}

/** Seconds that its run took: as its worker measured, else between its start and its end; null where nobody knows. */
export function ran(task: Task): number | null {
  const { started_at: from, finished_at: to } = task;
  return task.runtime ?? (from === null || to === null ? null : Math.max(0, to - from));
}

/**
 * Whole percent as shown, or null. Rounded down, and never 100 before the end: "done" is said
 * by the state alone. What has ended shows how far it came.
 */
export function wholePercent(task: Task): number | null {
  if (task.state === "SUCCESS") return 100;
  if (task.percent === null || task.percent === undefined) return null;
  return Math.floor(Math.min(Math.max(task.percent, 0), isEnded(task.state) ? 100 : 99));
}

/**
 * 0 to 100 of one step, or null when it does not know its total. Its count decides, so that the two fit: a step may have
 * been left, and be done, without having counted to its total.
 */
export function stepPercent(step: Step): number | null {
  if (!step.total) return step.done ? 100 : null;
  return Math.min(Math.max((100 * step.current) / step.total, 0), 100);
}

/** How deep a step lies under its task; 0 is the outermost. */
export function depth(step: Step): number {
  return step.key.split(".").length - 1;
}

function path(step: Step): number[] {
  return step.key.split(".").map(Number);
}

/** Steps in the order of their outline: 1, 1.1, 1.2, 2, 10. */
export function outline(steps: readonly Step[]): Step[] {
  const paths = new Map(steps.map((step) => [step, path(step)]));
  return [...steps].sort((a, b) => {
    const left = paths.get(a) ?? [];
    const right = paths.get(b) ?? [];
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      const difference = (left[i] ?? -1) - (right[i] ?? -1);
      if (difference) return difference;
    }
    return 0;
  });
}

/** The steps under way, outermost first. */
export function activeSteps(task: Task): Step[] {
  return isRunning(task.state) ? outline(task.steps).filter((step) => !step.done) : [];
}

/** The step whose speed and time left stand for the whole task: the outermost that knows them. */
export function pace(task: Task): Step | null {
  const active = activeSteps(task);
  return (
    active.find((step) => step.eta !== null) ??
    active.find((step) => step.rate !== null) ??
    active[0] ??
    null
  );
}

/**
 * Since when its present try waits, or waited, for a worker; Unix seconds, null where that is not known. It waits since it
 * was sent or the try before it ended; not before the time that was set for it.
 */
export function waitsSince({ retried_at, retries, created_at, eta }: Task): number | null {
  const since = retried_at ?? (retries ? null : created_at);
  return since === null ? null : Math.max(since, eta ?? 0);
}

/** Seconds for which the present try waited for a worker before it started; null while that is not known. */
export function waited(task: Task): number | null {
  const since = waitsSince(task);
  return since === null || task.started_at === null ? null : Math.max(0, task.started_at - since);
}
