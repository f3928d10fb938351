/** Why a server refuses a bar: the task, or the token that it brings. */

import { segmentOf } from "../../contract/address";

/** Why nothing more is shown. */
export interface Refusal {
  /** `expired`: the token was good once. `forbidden`: it is for other tasks. `told`: for what the server says. */
  readonly why: "expired" | "forbidden" | "told";
  /** The server's sentence. */
  readonly text: string;
}

/** The token counted once: it expired, or was revoked. */
export const EXPIRED: Refusal = { why: "expired", text: "" };

const ENDED = ["token_expired", "token_revoked"];

/** The codes of errors by which a viewer may not see a task. */
const FORBIDDEN = ["forbidden", "scope_exceeded"];

/** Why a watch is refused: visitors do not read of rights that programs may ask for. */
export function refusalOfWatch(said: string | null, code: string): Refusal | null {
  if (said === null) return null;
  return { why: FORBIDDEN.includes(code) ? "forbidden" : "told", text: said };
}

/**
 * Why a server refuses a token: a browser does not tell a page what was answered when it opened a WebSocket.
 * Null where the server does not refuse the token, cannot be reached, or does not tell this page.
 */
export async function refusalOfToken(
  server: string,
  token: string,
  task: string,
): Promise<Refusal | null> {
  const address = new URL(`api/v1/tasks/${segmentOf(task)}`, server.replace(/\/*$/, "/"));
  try {
    const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` } });
    if (answer.status !== 401) return null;
    const said = (await answer.json()) as { detail?: unknown; code?: unknown } | null;
    if (typeof said?.detail !== "string") return null;
    return { why: ENDED.includes(String(said.code)) ? "expired" : "told", text: said.detail };
  } catch {
    return null;
  }
}
