/** The HTTP calls of the page: to do something, and to ask once. Nothing here is repeated. */

import { text } from "./text";

const ROOT = "/api/v1";

export interface Session {
  /** Whether people sign in here. */
  readonly password: boolean;
  readonly files: { readonly max_upload: number };
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

/** An answer that is no success; its message is a sentence for the reader. */
export class ApiError extends Error {
  readonly status: number;

  /** `status` 0: there was no answer. */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
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

async function call<Body>(path: string, init?: RequestInit): Promise<Body> {
  let response: Response;
  try {
    response = await fetch(ROOT + path, {
      ...init,
      headers: { Accept: "application/json", ...init?.headers },
    });
  } catch {
    throw new ApiError(0, text.problem.unreachable);
  }
  const body: unknown = await response.json().catch(() => null);
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
  return call("/tasks", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, kwargs }),
  });
}

/** Uploads a file; `moved` hears how many whole percent are there. */
export function upload(file: File, moved: (percent: number) => void): Promise<Upload> {
  // `fetch` cannot tell how far an upload is.
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${ROOT}/uploads`);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) moved(Math.floor((100 * event.loaded) / event.total));
    };
    request.onload = () => {
      if (request.status < 300) resolve(request.response as Upload);
      else reject(new ApiError(request.status, sentence(request.status, request.response)));
    };
    request.onerror = () => reject(new ApiError(0, text.problem.unreachable));
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}

export function fileUrl(id: string): string {
  return `${ROOT}/files/${encodeURIComponent(id)}`;
}
