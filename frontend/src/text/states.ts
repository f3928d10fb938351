/** The words for a task's state: one word per group of states, and sentences on how a task stands. */

import { withoutEscapes } from "../contract/escapes";
import { type GroupKey, groupOfState } from "../contract/groups";
import type { State, Task, TaskError } from "../contract/messages";
import { activeSteps, isEnded, isRunning, isTakenBack, ran } from "../contract/progress";
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

/** "ValueError: too large"; the type once where the message begins with it, as in Celery's "Retry in 1s". */
export function errorText({ type, message }: Pick<TaskError, "type" | "message">): string {
  if (!message) return type;
  return message.startsWith(`${type} `) ? message : `${type}: ${message}`;
}

/** In this direction from its first letter on; the type in front of an error does not count. */
const RIGHT_TO_LEFT = /^(?:[\w.]+: )?\P{L}*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

/** The `dir` of a text that a task told: where there is no room for all of it, its end is cut. */
export function directionOf(text: string): "rtl" | undefined {
  return RIGHT_TO_LEFT.test(text) ? "rtl" : undefined;
}

/** What a task reports: its error, its last message, or the step it is at. */
export function says(task: Task): string {
  if (task.error && (task.state === "FAILURE" || task.state === "RETRY" || task.state === "LOST")) {
    return errorText(task.error);
  }
  return withoutEscapes(task.message ?? activeSteps(task).at(-1)?.description ?? "");
}

/** What a task that does not run says: its error, what it returned, or what it waits for. `now` as in `outcome`. */
export function told(task: Task, now: number): string {
  const { state, error } = task;
  const message = task.message && withoutEscapes(task.message);
  const failed = state === "FAILURE" || state === "RETRY" || state === "LOST";
  if (error && failed && !isTakenBack(task)) return errorText(error);
  if (isTakenBack(task)) return revokedText(task.eta !== null && task.eta > now);
  if (state === "SUCCESS") return resultText(task.result) || message || groupText.done;
  // Its glyph says how it ended, and a column how long it ran.
  if (isEnded(state)) return message ?? outcome({ ...task, retries: 0, finished_at: null }, now);
  return outcome(task, now);
}

/** Of a task that was revoked and still waits; `later` where a worker has it for its time. */
export function revokedText(later: boolean): string {
  return later ? "revoked, dropped when it is due" : "revoked, dropped when its turn comes";
}

/** What stands beside that: how often it was tried, when it is tried again, and, where no column has it, how long it ran. */
export function besides(task: Task, now: number, hasRan: boolean): readonly string[] {
  const took = isEnded(task.state) && !hasRan ? ran(task) : null;
  return [
    task.state === "RETRY" && task.error && !isTakenBack(task) ? outcome(task, now) : null,
    isEnded(task.state) && task.retries ? plural(task.retries + 1, "try", "tries") : null,
    took === null ? null : duration(took),
  ].filter((each) => each !== null);
}

/** A result on one line: texts without quotes, files by their names; empty where there is none. */
export function resultText(result: string | null): string {
  if (result === null || result === "null" || result === "None") return "";
  let value: unknown;
  try {
    value = JSON.parse(result);
  } catch {
    return result; // cut, or Python's repr
  }
  if (typeof value === "string") return value;
  const files: unknown = (value as { files?: unknown } | null)?.files;
  const names = Array.isArray(files) ? files.flatMap((file) => file?.filename ?? []) : [];
  return names.length ? names.join(", ") : result;
}

/** What a task was given, on one line: `"cat.jpg", width=200`; as it is where it is no JSON, or was cut. */
export function argumentsText({ args, kwargs }: Pick<Task, "args" | "kwargs">): string {
  const [given, named] = [parsed(args), parsed(kwargs)];
  const before = Array.isArray(given) ? given.map((value) => JSON.stringify(value)) : [args];
  const after = isNamed(named)
    ? Object.entries(named).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    : [kwargs];
  return [...before, ...after].filter(Boolean).join(", ");
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

function isNamed(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Shown instead of a bar: how the task ended, or what it waits for. `now` is the server's time in Unix seconds. */
export function outcome(task: Task, now: number): string {
  const took = ran(task);
  const said = took === null ? null : duration(took);
  const later = task.eta !== null && task.eta > now ? about(task.eta - now) : null;
  switch (task.state) {
    case "PENDING":
      return later ? `starts in ${later}` : "waiting for a worker";
    case "RECEIVED":
      return later ? `starts in ${later}` : "waiting at its worker";
    case "RETRY":
      return later ? `tries again in ${later}` : "tries again";
    case "SUCCESS":
      return said ? `done in ${said}` : "done";
    case "FAILURE":
      if (task.retries) return `failed after ${plural(task.retries + 1, "try", "tries")}`;
      return said ? `failed after ${said}` : "failed";
    case "REVOKED":
      if (said) return `revoked after ${said}`;
      return task.started_at === null ? "revoked before it started" : "revoked";
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
