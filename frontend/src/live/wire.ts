/** The seam between the live layer and a socket. Socket.IO, a plain WebSocket or a test stands behind it. */

/**
 * How long an answer is waited for that may be large: all rows of a list are 180 kB. After as long without a heartbeat,
 * which comes behind it, Engine.IO ends the connection.
 */
export const ANSWER_MS = 45_000;

/** Sends messages and hands on those that arrive. */
export interface Wire {
  readonly connected: boolean;
  /** Connects, and reconnects after every loss. Called once. */
  open(listener: WireListener): void;
  /** Drops the connection and makes a new one. */
  renew(): void;
  /** Sends a message without waiting for an answer. */
  tell(message: string, content: unknown): void;
  /**
   * Sends a message and resolves with the server's answer. Rejects when none arrives within `within` milliseconds, or
   * when the connection is lost.
   */
  ask(message: string, content: unknown, within: number): Promise<unknown>;
}

/** Called by a wire. Contents are as received: nothing in them has been checked. */
export interface WireListener {
  /** The connection is open. */
  up(): void;
  /** The connection is lost. */
  down(): void;
  /** The server refused the connection: the user has to sign in. */
  denied(): void;
  /** The server does not know the session: requests of one viewer reach several processes in turn. */
  scattered(): void;
  frame(content: unknown): void;
  resync(content: unknown): void;
  status(content: unknown): void;
  board(content: unknown): void;
}

/** A store or board that is kept up to date until it is closed. */
export interface Subscription {
  close(): void;
}
