/** The HTTP calls of the page: to do something, and to ask once. Nothing here is repeated. */

import type { LogEntry } from "../contract/messages";
import { text } from "../text";

const ROOT = "/api/v1";

export interface Session {
  /** Whether people sign in here. */
  readonly password: boolean;
  readonly files: { readonly max_upload: number };
  /** Whether jobs send their mail to the local mailbox. */
  readonly mailbox: boolean;
  readonly version: string;
}

/** What the workers can run. */
export interface Job {
  readonly name: string;
  readonly doc: string | null;
  readonly schema: unknown;
}

export interface Submitted {
  readonly id: string;
  readonly url: string;
}

export interface Upload {
  readonly id: string;
  readonly filename: string;
  readonly size: number;
}

/** An answer that is no success, or none; its message is a sentence for the reader. */
export class ApiError extends Error {
  readonly status: number;

  /** `status` 0: there was no answer. */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** Whether it tells of an outage: when that is over, so is this. */
  get passing(): boolean {
    return this.status === 0 || (this.status >= 502 && this.status <= 504);
  }
}

/** The sentence in a problem+json body. */
export function sentence(status: number, body: unknown): string {
  if (typeof body === "object" && body !== null) {
    const { detail, title } = body as { detail?: unknown; title?: unknown };
    if (typeof detail === "string" && detail) return detail;
    if (typeof title === "string" && title) return title;
  }
  return text.problem.status(status);
}

/** `silence` is what it means that no answer came, or none that is whole. */
export async function call<Body>(
  path: string,
  init?: RequestInit,
  silence?: string,
): Promise<Body> {
  const headers = { Accept: "application/json", ...init?.headers };
  const response = await fetch(ROOT + path, { ...init, headers }).catch(() => null);
  const body: unknown = await response?.json().catch(() => null);
  if (!response || (response.ok && !body)) {
    throw new ApiError(0, silence ?? text.problem.unreachable);
  }
  if (!response.ok) throw new ApiError(response.status, sentence(response.status, body));
  return body as Body;
}

export function session(): Promise<Session> {
  return call("/session");
}

export async function registry(): Promise<readonly Job[]> {
  return (await call<{ tasks: readonly Job[] }>("/registry")).tasks;
}

export function submit(
  name: string,
  kwargs: Readonly<Record<string, unknown>>,
): Promise<Submitted> {
  return post("/tasks", { name, kwargs });
}

/** A request that was never sent looks the same from here as one whose answer was lost. */
function post<Body>(path: string, content: object): Promise<Body> {
  const request = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
  };
  return call(path, request, text.problem.unanswered);
}

/** Revokes a task that waits, or with `terminate` ends the process that runs it. */
export async function revoke(id: string, terminate: boolean): Promise<void> {
  await post(`/tasks/${encodeURIComponent(id)}/revoke`, terminate ? { terminate } : {});
}

/** What is to be other than it was. */
export interface Changes {
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

/** Runs a task again, as a new one. */
export function retry(id: string, changes: Changes = {}): Promise<Submitted> {
  return post(`/tasks/${encodeURIComponent(id)}/retry`, changes);
}

interface LogPage {
  readonly entries: readonly LogEntry[];
  readonly next: string | null;
}

/** The whole log of a task as the server has it, oldest first. */
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

/** Sends the task of an entry of the schedule, as beat would. */
export function runNow(entry: string): Promise<Submitted> {
  const path = `/schedule/${encodeURIComponent(entry)}/run`;
  return call(path, { method: "POST" }, text.problem.unanswered);
}

/** Uploads a file; `moved` hears how many whole percent are there. */
export function upload(file: File, moved: (percent: number) => void): Promise<Upload> {
  // `fetch` cannot tell how far an upload is.
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const silent = () => reject(new ApiError(0, text.problem.notUploaded));
    request.open("POST", `${ROOT}/uploads`);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) moved(Math.floor((100 * event.loaded) / event.total));
    };
    request.onload = () => {
      if (request.status < 300 && request.response) resolve(request.response as Upload);
      else if (request.status < 300) silent();
      else reject(new ApiError(request.status, sentence(request.status, request.response)));
    };
    request.onerror = silent;
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}

export function fileUrl(id: string): string {
  return `${ROOT}/files/${encodeURIComponent(id)}`;
}
