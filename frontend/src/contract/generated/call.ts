/**
 * The contract of the server and its clients, as the server's types have it.
 *
 * Written by bin/contract: what is changed here by hand is lost. Times are Unix seconds, unknown is
 * null.
 */

/** Names of the tasks that a message makes follow its own, in the order in which they run. */
export interface Follows {
  /** What runs after it, one after the other. */
  readonly chain: readonly string[];
  /** What its success calls. */
  readonly callbacks: readonly string[];
  /** What its failure calls. */
  readonly errbacks: readonly string[];
  /** What runs once all members of its chord, of which it is one, have ended. */
  readonly chord: readonly string[];
}

/** What is kept of a task's call, for a person who is to run it again. */
export interface KeptCall {
  /**
   * Positional arguments, to be edited. An object of the one key `$kept` stands for a value that
   * JSON cannot hold or that is secret; as it is, it means that value. Null where they cannot be
   * edited.
   */
  readonly args: readonly unknown[] | null;
  /** Keyword arguments, to be edited, like `args`. */
  readonly kwargs: Readonly<Record<string, unknown>> | null;
  /** Why the arguments cannot be edited; others can still be sent. */
  readonly fixed: string | null;
  /** Why the task cannot be run again as it was. */
  readonly refusal: string | null;
  /**
   * What follows it, by kind: `chain`, `callbacks`, `errbacks`, and the `chord` that it is a member
   * of; the names of tasks.
   */
  readonly follows: Follows;
  /** What comes of running it again by itself, in a sentence. */
  readonly effect: string;
  /** What comes of running it again with what follows it. */
  readonly effect_follow: string;
}

/** A task that can be launched. */
export interface RegisteredJob {
  /** Name of the task. */
  readonly name: string;
  /** What its docstring says, without what it says of the arguments. */
  readonly doc: string;
  /** JSON Schema of its arguments. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** The queue that it goes to; null where that depends on its arguments. */
  readonly queue: string | null;
  /**
   * Attached workers that are there and have it; with 0 it would wait. Null if none has told that
   * it has it.
   */
  readonly workers: number | null;
}
