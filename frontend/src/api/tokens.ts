/** The calls that make, list and revoke tokens. */

import type { IssuedToken, Token } from "../contract/generated";
import { text } from "../text";
import { call, send } from "./http";

export type { IssuedToken, Token };

/** What a token is to say. `expires` is a time such as "30m", "12h" or "90d". */
export interface Order {
  readonly task?: string;
  readonly root?: string;
  readonly owner?: string;
  readonly role?: string;
  readonly name?: string;
  readonly expires: string;
}

const TOKENS = "/tokens";

export function makeToken(order: Order): Promise<IssuedToken> {
  return send("POST", TOKENS, order, text.problem.undecided);
}

export async function allTokens(): Promise<readonly Token[]> {
  const { tokens } = await call<{ readonly tokens: readonly Token[] }>(TOKENS);
  return tokens;
}

export async function revokeToken(id: string): Promise<void> {
  await send("DELETE", `${TOKENS}/${encodeURIComponent(id)}`, undefined, text.problem.undecided);
}
