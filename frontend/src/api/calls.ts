/** The calls of the page: tasks, jobs, the schedule and the session. */

import { segmentOf } from "../contract/address";
import type { KeptCall, RegisteredJob, WorkerAnswers } from "../contract/generated";
import type { LogEntry } from "../contract/messages";
import { text } from "../text";
import { call, post, send } from "./http";

export interface Session {
  /** Whether users sign in with a password. */
  readonly password: boolean;
  /** `max_upload` in bytes. */
  readonly files: { readonly max_upload: number };
  /** Whether jobs send mail to the local mailbox. */
  readonly mailbox: boolean;
  readonly version: string;
}

/** The tasks that can be launched, and what is odd about the workers that have them. */
export interface Registry {
  readonly tasks: readonly RegisteredJob[];
  readonly notice: string | null;
}

export interface Submitted {
  readonly id: string;
  readonly url: string;
}

/** All that a worker tells of itself, which it is asked now. */
export function worker(name: string): Promise<WorkerAnswers> {
  return call(`/workers/${encodeURIComponent(name)}`);
}

export function session(): Promise<Session> {
  return call("/session");
}

export function registry(): Promise<Registry> {
  return call("/registry");
}

/** To which queue a task goes and when it starts: `countdown` in seconds, `eta` in Unix seconds. */
export interface Options {
  readonly queue?: string;
  readonly countdown?: number;
  readonly eta?: number;
}

/** Launches a task. The server refuses `kwargs` that are no object, and `args` that are no list. */
export function submit(
  name: string,
  kwargs: unknown,
  options: Options = {},
  args?: unknown,
): Promise<Submitted> {
  return post("/tasks", { name, kwargs, ...options, ...(args !== undefined && { args }) });
}

/** Revokes a waiting task; with `terminate` ends the process of a running one. */
export async function revoke(id: string, terminate: boolean): Promise<void> {
  const path = `/tasks/${segmentOf(id)}/revoke`;
  await send("POST", path, terminate ? { terminate } : {}, text.problem.undecided);
}

export type { KeptCall };

/** What is kept to run a task again, with its arguments to be edited. */
export function keptCall(id: string): Promise<KeptCall> {
  return call(`/tasks/${segmentOf(id)}/call`);
}

/** Arguments that replace those of the task; with `follow`, what follows it in its workflow runs as well. */
export interface Changes {
  readonly follow?: boolean;
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

/** Runs a task again, as a new task. */
export function retry(id: string, changes: Changes = {}): Promise<Submitted> {
  return post(`/tasks/${segmentOf(id)}/retry`, changes);
}

interface LogPage {
  readonly entries: readonly LogEntry[];
  readonly next: string | null;
}

/** The whole log of a task, oldest first. */
export async function wholeLog(id: string): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  let after: string | null = "";
  while (after !== null) {
    const query = new URLSearchParams({ limit: "1000", ...(after && { after }) });
    const page: LogPage = await call(`/tasks/${segmentOf(id)}/log?${query}`);
    entries.push(...page.entries);
    after = page.entries.length ? page.next : null;
  }
  return entries;
}

/** Sends the task of an entry of the schedule now, as beat would. */
export function runNow(entry: string): Promise<Submitted> {
  const path = `/schedule/${encodeURIComponent(entry)}/run`;
  return call(path, { method: "POST" }, text.problem.unanswered);
}
