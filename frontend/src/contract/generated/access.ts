/**
 * The contract of the server and its clients, as the server's types have it.
 *
 * Written by bin/contract: what is changed here by hand is lost. Times are Unix seconds, unknown is
 * null.
 */

/** What is known of a token that the server made, without the token itself. */
export interface Token {
  /** What names the token, for whoever revokes it. */
  readonly id: string;
  /** What the program is called that has it. */
  readonly name: string | null;
  /** Id of the task that it is for. */
  readonly task: string | null;
  /** Id of the first task of the workflow that it is for. */
  readonly root: string | null;
  /** Owner of the tasks that it is for. */
  readonly owner: string | null;
  /** The role of its bearer, where it is for all tasks. */
  readonly role: string | null;
  /** What its bearer may do with those tasks; empty with `role`. */
  readonly actions: readonly string[];
  /** The origin of the pages that it is for; null for any. */
  readonly origin: string | null;
  /** When it was made, in Unix seconds. */
  readonly made_at: number;
  /** The name of the person who made it; null for one without a name. */
  readonly made_by: string | null;
  /** When it expires, in Unix seconds. */
  readonly expires_at: number;
}

/** A token that was made. It is told this once. */
export interface IssuedToken {
  /** What names the token, for whoever revokes it. */
  readonly id: string;
  /** The token itself. */
  readonly token: string;
  /** When it expires, in Unix seconds. */
  readonly expires_at: number;
}
