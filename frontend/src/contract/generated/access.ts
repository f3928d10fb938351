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
  /** What tells that person from others of the same name; null for who has nothing of that kind. */
  readonly maker: string | null;
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

/** A session that goes on. */
export interface OpenSession {
  /** What names the session, for whoever ends it. The cookie cannot be made of it. */
  readonly id: string;
  /** Who signed in; null with the password that all share. */
  readonly name: string | null;
  /** How they did: with that password, as a user, or at an OpenID Connect provider. */
  readonly kind: "password" | "user" | "openid";
  /** What they may do. */
  readonly role: "viewer" | "operator" | "admin";
  /** Whose tasks they see; null for those of all. */
  readonly owner: string | null;
  /** When they signed in, in Unix seconds. */
  readonly started_at: number;
  /** When the session was last used, in Unix seconds, to a minute. */
  readonly seen_at: number;
  /** Where from they signed in: an address, of IPv6 the network of it. */
  readonly address: string;
  /** The browser, as it names itself. */
  readonly agent: string;
  /** Whether it is that of this request. */
  readonly current: boolean;
}

/** A person who may sign in with a name and a password. */
export interface KnownUser {
  /** The name that they sign in with. */
  readonly name: string;
  /**
   * What they may do; null where what is kept of them cannot be read, so that they cannot sign in.
   */
  readonly role: "viewer" | "operator" | "admin" | null;
  /** Whose tasks they see; null for those of all. */
  readonly owner: string | null;
  /** When they were added, in Unix seconds; null as `role`. */
  readonly created_at: number | null;
  /** When their role, owner or password changed last, in Unix seconds; null as `role`. */
  readonly changed_at: number | null;
}

/** An entry in the record. */
export interface AuditEntry {
  /** When, in Unix seconds; of several that were counted, the time of the last. */
  readonly at: number;
  /** The name of who did it; null where there is none: everybody, or the one password. */
  readonly actor: string | null;
  /**
   * How the actor was recognised, as `kind` of a principal; `none` where nobody was, as when
   * somebody signs in; `system` for a user of the machine.
   */
  readonly kind: string;
  /**
   * By which means: `page`, `token`, `program` (one that has the password), `command` (`phloem` in
   * a shell) or `server` (Phloem itself).
   */
  readonly means: "page" | "token" | "program" | "command" | "server";
  /** Where from: an address, of IPv6 the network of it. */
  readonly address: string;
  /**
   * What was done, as routes declare it; `sign_in` and `sign_out`; `request` for what the door
   * refused.
   */
  readonly action: string;
  /** What it was done to: the id of a task, the name of a worker, a user. */
  readonly target: string;
  /** What came of it: `done`, `refused`, or `failed` where something stood against it. */
  readonly outcome: "done" | "refused" | "failed";
  /** Where it was refused or failed, the code of the problem. */
  readonly code: string;
  /** What came of it, in words. */
  readonly detail: string;
  /** How often: refusals and failures of one kind within a minute are one entry. */
  readonly count: number;
  /** Names the entry, and orders all of them. */
  readonly id: string;
  /** Its place in the chain, which begins with 1. */
  readonly number: number;
  /**
   * HMAC-SHA256 over the hash of the entry before it, the number and the content, in hexadecimal.
   */
  readonly hash: string;
}

/** Some of the audit. */
export interface AuditPage {
  /** The newest first. */
  readonly entries: readonly AuditEntry[];
  /** What `before` has to be for the page after this one; null after the last. */
  readonly next: string | null;
}
