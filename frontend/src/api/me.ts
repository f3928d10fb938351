/** The call that tells on whose behalf the page acts. */

import { call } from "./http";

export type Action =
  | "see"
  | "launch"
  | "revoke"
  | "retry"
  | "run"
  | "share"
  | "views"
  | "workers"
  | "queues"
  | "users"
  | "tokens"
  | "sessions"
  | "audit"
  | "alerts";

export type Role = "viewer" | "operator" | "admin";

/** Whoever looks at the page, as the server knows them. */
export interface Me {
  /** Null for everybody who knows the shared password, and where the server asks nobody. */
  readonly name: string | null;
  /** How the server recognised them; `open` when it asks nobody. */
  readonly kind: "open" | "password" | "session" | "proxy" | "token";
  /** From the least to the most. */
  readonly roles: readonly Role[];
  readonly actions: readonly Action[];
  /** The owner whose tasks are all that they see; null for all tasks. */
  readonly owner: string | null;
}

export function me(): Promise<Me> {
  return call("/me");
}
