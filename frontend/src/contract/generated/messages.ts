/**
 * The contract of the server and its clients, as the server's types have it.
 *
 * Written by bin/contract: what is changed here by hand is lost. Times are Unix seconds, unknown is
 * null.
 */

import type { LogEntry, Position, State, Task, Totals } from "./task";

/** What excludes a task: any of these values, or any of the texts `q` in its search text. */
export interface Exclusion {
  /** None of these states. */
  readonly state?: readonly State[];
  /** None of these names; `*` stands for any text. */
  readonly name?: readonly string[];
  /** None of these queues; `*` stands for any text. */
  readonly queue?: readonly string[];
  /** None of these workers; `*` stands for any text. */
  readonly worker?: readonly string[];
  /** Of none of these owners; `*` stands for any text. */
  readonly owner?: readonly string[];
  /** Of none of these releases; `*` stands for any text. */
  readonly release?: readonly string[];
  /** None of these labels, whatever their case; `*` stands for any text. */
  readonly label?: readonly string[];
  /** Not sent by any of these tasks. */
  readonly parent_id?: readonly string[];
  /** Not of a workflow that any of these tasks began. */
  readonly root_id?: readonly string[];
  /** Of none of these groups. */
  readonly group_id?: readonly string[];
  /** Not a copy of any of these tasks. */
  readonly retry_of?: readonly string[];
  /**
   * No argument of one of these names with the value beside it, written as in `args` of a query.
   */
  readonly args?: Readonly<Record<string, string>>;
  /** None of these texts, at most 10 of them, in the type or message of its error. */
  readonly error?: readonly string[];
  /** None of these texts, at most 10 of them, anywhere in what `q` of a query is looked for in. */
  readonly q?: readonly string[];
}

/**
 * A task fits if every given field fits and nothing of `not` does. Shown are the newest `limit`
 * tasks that fit.
 */
export interface Query {
  /**
   * Any of these states. In JSON one or a list, which has at least one; over HTTP it may repeat.
   */
  readonly state?: readonly State[];
  /** Tasks of this name. `*` stands for any text, as in `mail.*`; at most 20 of them. */
  readonly name?: string;
  /** Tasks of this queue, with `*` as in `name`. */
  readonly queue?: string;
  /** Tasks of this worker, with `*` as in `name`. */
  readonly worker?: string;
  /** Tasks of this owner, with `*` as in `name`. */
  readonly owner?: string;
  /** Tasks that ran, or run, in this release of their application, with `*` as in `name`. */
  readonly release?: string;
  /** Tasks of this label, with `*` as in `name`, whatever the case of its letters. */
  readonly label?: string;
  /** Tasks that this task sent. */
  readonly parent_id?: string;
  /** Tasks of the workflow that this task began. */
  readonly root_id?: string;
  /** Tasks of this group. */
  readonly group_id?: string;
  /** Copies of this task, made when a user ran it again. */
  readonly retry_of?: string;
  /**
   * Values of arguments by their names, at most 10, with `*` as in `name`, whatever their case. A
   * keyword argument has its name, a positional one its place from `0` on; `order.id` is the member
   * `id` of `order`, and of a list one member has to fit. Over HTTP `args.customer=ACME`.
   */
  readonly args?: Readonly<Record<string, string>>;
  /** Text that is found in the error, "TYPE: MESSAGE", whatever its case. */
  readonly error?: string;
  /**
   * Tasks that ended, started to run or began to wait since then, whichever was the last: Unix
   * seconds, a time of day (`14:30`, the last one), a date (`2026-11-30`), both
   * (`2026-11-30T14:30Z`), `midnight`, `today`, `yesterday`, or an age (`2h`, with the units s, m,
   * h, d and w), at which a row leaves. Without a zone they are in UTC.
   */
  readonly since?: number | string;
  /** The same before then: Unix seconds or any of those texts. A date includes the whole day. */
  readonly until?: number | string;
  /**
   * Tasks that ran, or have been running, for so long: `>10s`, `>=`, `<` or `<=`, with the unit ms,
   * s, m, min, h, d or w; seconds without one. One comparison or a list of which all have to fit;
   * over HTTP it may repeat.
   */
  readonly ran?: readonly string[];
  /** Tasks whose present try waited, or has been waiting, for so long, written as `ran`. */
  readonly waited?: readonly string[];
  /**
   * Tasks with so many tries, the present one included: `>1`, `>=`, `<`, `<=` or `=`. May be a list
   * as `ran`.
   */
  readonly tries?: readonly string[];
  /**
   * Words, at most 20, of which each is found anywhere in name, label, id, queue, worker, owner,
   * message, arguments, result or error, whatever their case. What is in quotes is one phrase.
   */
  readonly q?: string;
  /**
   * What excludes a task: an object of `args`, and of `state`, `name`, `queue`, `worker`, `owner`,
   * `release`, `label`, `parent_id`, `root_id`, `group_id`, `retry_of`, `error` and `q`, each one
   * value or a list of at most 50; of `error` and of `q` at most 10, and of `*` at most 20 in one
   * field. Over HTTP `not.name=mail.*`, which may repeat.
   */
  readonly not?: Exclusion;
  /**
   * Less than so many seconds since the task was created, or first heard of where that is unknown.
   * A row leaves when its time has passed.
   */
  readonly within?: number;
  /** At least so many seconds since then. A row comes when its time has passed. */
  readonly older?: number;
  /** Tasks that became known before this offset: the `next` of the page before. */
  readonly before?: number;
  /** The newest so many, at most 200. */
  readonly limit?: number;
}

/** Opens a view or a task; every change of it follows in frames. */
export interface WatchMessage {
  /** The query of a list. Either this or `task` is given. */
  readonly view?: Query;
  /** Id of one task. */
  readonly task?: string;
  /**
   * Up to where the client holds everything, if it was there before: then only what changed since
   * is answered.
   */
  readonly since?: Position;
  /**
   * What the client was told last: older rows were still to come, so it did not hold all there was.
   */
  readonly searching?: boolean;
}

/**
 * The client has taken everything up to an offset. Once a second at most, when it has moved on.
 */
export interface SeenMessage {
  /** Name of the watch, from its answer. */
  readonly watch: string;
  /** Offset of the last frame that was taken. */
  readonly offset: number;
}

/** Closes what `watch` opened. */
export interface UnwatchMessage {
  /** Name of the watch, from its answer. */
  readonly watch: string;
}

/** Connections of this web process. */
export interface Watching {
  /** Count of those that watch the same view. */
  readonly view: number;
  /** Count of all. */
  readonly all: number;
}

/** The answer to `watch`. */
export interface AnswerMessage {
  /** True in an answer that is no refusal. */
  readonly ok: boolean;
  /** Name of the watch, which its frames bear. All that watch the same share it. */
  readonly watch: string;
  /** The record that offsets count in. */
  readonly epoch: string;
  /** The client holds everything up to this offset now. */
  readonly offset: number;
  /** With `resumed` the tasks that changed since, else all there is to show. */
  readonly tasks: readonly Task[];
  /** Ids of tasks that belong to the view no longer. */
  readonly drop: readonly string[];
  /**
   * Count of the tasks that fit, for each state; the choice of states, `before` and `limit` aside.
   */
  readonly totals: Totals;
  /** Whether `tasks` and `drop` are what changed since the position of the client. */
  readonly resumed: boolean;
  /** Whether the server itself sees Redis. */
  readonly live: boolean;
  /** The server's clock, in Unix seconds. */
  readonly now: number;
  /** How many connections watch. */
  readonly watching?: Watching;
  /** The `before` of the view that shows the rows which follow; null where there are none. */
  readonly next: number | null;
  /** Whether rows and counts of older tasks are still to come, in frames. */
  readonly searching: boolean;
  /** Of a task: its log; of a long one 500 entries at most, and a `gap` for those left out. */
  readonly log?: readonly LogEntry[];
}

/** The answer to a message that does not fit. It changed nothing. */
export interface RefusalMessage {
  /** False in a refusal. */
  readonly ok: boolean;
  /** What came and what was expected, in one sentence. */
  readonly error: string;
  /** Whether the same may be answered a moment later. */
  readonly again: boolean;
  /**
   * What went wrong, for programs: one of the codes under "Errors". A server of an earlier version
   * sends none.
   */
  readonly code: string;
}

/** The answer to `seen` and to `unwatch`. */
export interface DoneMessage {
  /** True in an answer that is no refusal. */
  readonly ok: boolean;
  /** The server's clock, in Unix seconds, in the answer to `seen`. */
  readonly now?: number;
}

/** What changed in (from, to]. Rows are whole, so taking one in twice is harmless. */
export interface FrameMessage {
  /** Name of the watch, from its answer. */
  readonly watch: string;
  /** The record that offsets count in. */
  readonly epoch: string;
  /** The frame fits a client whose offset is not below this one. */
  readonly from: number;
  /** The client holds everything up to this offset then. One below its own tells nothing new. */
  readonly to: number;
  /** Tasks that came or changed. */
  readonly put: readonly Task[];
  /** Ids of tasks that belong to the view no longer. */
  readonly drop: readonly string[];
  /** As in the answer to `watch`. */
  readonly totals: Totals;
  /**
   * How many connections watch. Where nothing else changes it comes in a frame of its own, at most
   * every 2 s.
   */
  readonly watching?: Watching;
  /** As in the answer to `watch`. */
  readonly next: number | null;
  /** As in the answer to `watch`. */
  readonly searching: boolean;
  /**
   * Seconds that the last change took from Redis to the server; 0 once nothing was left to take in.
   */
  readonly lag: number;
  /** Seconds until the next frame, at least. More than 0.05: the server has much to do. */
  readonly tick: number;
  /** Of a task: the entries that were added to its log. */
  readonly log?: readonly LogEntry[];
}

/** The client is to watch again: what it shows may be old. */
export interface ResyncMessage {
  /** Name of the watch, from its answer. */
  readonly watch: string;
  /** Why, in one sentence. */
  readonly reason: string;
}

/** Whether the server itself sees Redis; and which build of the page it hands out. */
export interface StatusMessage {
  /** Whether it sees Redis. Where not, all that it shows may be old. */
  readonly live: boolean;
  /** Since when, in Unix seconds. */
  readonly since: number;
  /** Name of the page's build, which a page can compare with its own. */
  readonly build: string | null;
  /** What keeps Redis from recording what happens, as a sentence; null if nothing does. */
  readonly trouble: string | null;
}

/** What a board shows: the answer to `watch` of it, and sent again whenever it changed. */
export interface BoardMessage {
  /** True in an answer, and in what follows it. */
  readonly ok: boolean;
  /** Name of the watch: `board:` and the name of the board. */
  readonly watch: string;
  /** The board, as the HTTP call of its name answers it. */
  readonly board: unknown;
  /** Whether the server itself sees Redis. */
  readonly live: boolean;
  /** The server's clock, in Unix seconds: of two boards the one with the greater is the newer. */
  readonly now: number;
  /**
   * True where `board` holds only what takes the place of the same things in the picture before.
   */
  readonly part?: boolean;
}

/** The newest tasks that the client may see. */
export interface FirstRowsMessage {
  /** As of when they are, in Unix seconds of the server's clock. */
  readonly now: number;
  /** Newest first. */
  readonly tasks: readonly Task[];
  /** How many tasks there are in each state. */
  readonly totals: Totals;
}
