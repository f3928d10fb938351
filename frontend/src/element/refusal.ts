/** Why a server refuses a bar: the task, or the token that it brings. */

import { elementText as text } from "../text/element";

/** What a server says of a token that it does not take. */
export interface Refusal {
  /** Whether the token was good once: it expired, or was revoked. */
  readonly ended: boolean;
  /** A sentence for people. */
  readonly text: string;
}

const ENDED = ["token_expired", "token_revoked"];

/** The codes of errors by which a viewer may not see a task. */
const FORBIDDEN = ["forbidden", "scope_exceeded"];

/** What a visitor reads in place of the server's words: those on rights tell programs what to ask for. */
export function forVisitors(said: string | null, code: string): string | null {
  return said !== null && FORBIDDEN.includes(code) ? text.forbidden : said;
}

/**
 * Why a server refuses a token: a browser does not tell a page what was answered when it opened a WebSocket.
 * Null where the server does not refuse the token, cannot be reached, or does not tell this page.
 */
export async function refusalOf(
  server: string,
  token: string,
  task: string,
): Promise<Refusal | null> {
  const address = new URL(`api/v1/tasks/${encodeURIComponent(task)}`, server.replace(/\/*$/, "/"));
  try {
    const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` } });
    if (answer.status !== 401) return null;
    const said = (await answer.json()) as { detail?: unknown; code?: unknown } | null;
    if (typeof said?.detail !== "string") return null;
    return { ended: ENDED.includes(String(said.code)), text: said.detail };
  } catch {
    return null;
  }
}
