/** Requests to the HTTP API, and what their failures mean. Nothing is repeated. */

import { PREFIX } from "../site/prefix";
import { TOKEN } from "../site/token";
import { text } from "../text";

export const ROOT = `${PREFIX}/api/v1`;

/** A request that failed: without an answer, or with one that is no success. Its message is a sentence for the user. */
export class ApiError extends Error {
  readonly status: number;
  /** What it is called in the contract; null when the answer has no name for it. */
  readonly code: string | null;

  /** `status` is 0 when there was no answer. */
  constructor(status: number, message: string, code: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** Whether it is part of an outage, and over with it. */
  get passing(): boolean {
    return this.status === 0 || (this.status >= 502 && this.status <= 504);
  }
}

/** The sentence of a problem+json body (RFC 9457). */
export function sentence(status: number, body: unknown): string {
  if (typeof body === "object" && body !== null) {
    const { detail, title } = body as { detail?: unknown; title?: unknown };
    if (typeof detail === "string" && detail) return detail;
    if (typeof title === "string" && title) return title;
  }
  return text.problem.status(status);
}

/** Headers that ask for an answer of this media type. */
export function headersFor(type: string): Record<string, string> {
  return { Accept: type, ...(TOKEN !== null && { Authorization: `Bearer ${TOKEN}` }) };
}

/** The body of the answer. `silence` is the sentence for no answer, or one that is incomplete. */
export async function call<Body>(
  path: string,
  init?: RequestInit,
  silence?: string,
): Promise<Body> {
  const headers = { ...headersFor("application/json"), ...init?.headers };
  const response = await fetch(ROOT + path, { ...init, headers }).catch(() => null);
  const body: unknown = await response?.json().catch(() => null);
  if (!response || (response.ok && !body)) {
    throw new ApiError(0, silence ?? text.problem.unreachable);
  }
  if (!response.ok) {
    const { code } = (body ?? {}) as { readonly code?: unknown };
    const name = typeof code === "string" ? code : null;
    throw new ApiError(response.status, sentence(response.status, body), name);
  }
  return body as Body;
}

/** Sends JSON. `silence` is the sentence for no answer: what was asked for may have been done all the same. */
export function send<Body>(
  method: "POST" | "PATCH" | "DELETE",
  path: string,
  content?: object,
  silence: string = text.problem.unanswered,
): Promise<Body> {
  const body = content && {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
  };
  return call(path, { method, ...body }, silence);
}

/** Sends JSON to what launches a task. */
export function post<Body>(path: string, content: object): Promise<Body> {
  return send("POST", path, content);
}
