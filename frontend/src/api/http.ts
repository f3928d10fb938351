/** Requests to the HTTP API, and what their failures mean. Nothing is repeated. */

import { PREFIX } from "../site/prefix";
import { text } from "../text";

export const ROOT = `${PREFIX}/api/v1`;

/** A request that failed: without an answer, or with one that is no success. Its message is a sentence for the user. */
export class ApiError extends Error {
  readonly status: number;

  /** `status` is 0 when there was no answer. */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
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

/** The body of the answer. `silence` is the sentence for no answer, or one that is incomplete. */
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

/** Sends JSON. Without an answer the request may have been carried out all the same, and the sentence says so. */
export function post<Body>(path: string, content: object): Promise<Body> {
  const request = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
  };
  return call(path, request, text.problem.unanswered);
}
