/** The calls of the page: tasks, jobs, the schedule and the session. */

import type { LogEntry } from "../contract/messages";
import { text } from "../text";
import { call, post } from "./http";

export interface Session {
  /** Whether users sign in with a password. */
  readonly password: boolean;
  /** `max_upload` in bytes. */
  readonly files: { readonly max_upload: number };
  /** Whether jobs send mail to the local mailbox. */
  readonly mailbox: boolean;
  readonly version: string;
}

/** A task that can be launched. `schema` is the JSON Schema of its arguments. */
export interface RegisteredJob {
  readonly name: string;
  readonly doc: string | null;
  readonly schema: unknown;
}

export interface Submitted {
  readonly id: string;
  readonly url: string;
}

export function session(): Promise<Session> {
  return call("/session");
}

export async function registry(): Promise<readonly RegisteredJob[]> {
  return (await call<{ tasks: readonly RegisteredJob[] }>("/registry")).tasks;
}

export function submit(
  name: string,
  kwargs: Readonly<Record<string, unknown>>,
): Promise<Submitted> {
  return post("/tasks", { name, kwargs });
}

/** Revokes a waiting task; with `terminate` ends the process of a running one. */
export async function revoke(id: string, terminate: boolean): Promise<void> {
  await post(`/tasks/${encodeURIComponent(id)}/revoke`, terminate ? { terminate } : {});
}

/** Arguments that replace those of the task. */
export interface Changes {
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

/** Runs a task again, as a new task. */
export function retry(id: string, changes: Changes = {}): Promise<Submitted> {
  return post(`/tasks/${encodeURIComponent(id)}/retry`, changes);
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
    const page: LogPage = await call(`/tasks/${encodeURIComponent(id)}/log?${query}`);
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
