/**
 * The messages as the page takes them in: what a message that comes is made of once it was looked at.
 *
 * The guards look at the frame of a message, not at every field in it: the server made the rows, and a field that is
 * missing shows as unknown. Which fields there are is in generated/, and the guards read no others.
 */

import {
  type AnswerMessage,
  type BoardMessage,
  type DoneMessage,
  type FirstRowsMessage,
  type FrameMessage,
  type LogEntry,
  type Query,
  type RefusalMessage,
  type ResyncMessage,
  STATES,
  type StatusMessage,
  type Task,
  type Totals,
  type Watching,
} from "./generated";

export {
  type Exclusion,
  type LogEntry,
  type Position,
  type Query,
  STATES,
  type State,
  type Step,
  type Task,
  type TaskError,
  type Totals,
  type Try,
} from "./generated";

export type Epoch = AnswerMessage["epoch"];

/** What can be watched: a list, or one task with its log. */
export type Request = { readonly view: Query } | { readonly task: string };

/** The answer to `watch`. `resumed: false` means that `tasks` is all there is. */
export interface Answer {
  readonly watch: string;
  readonly epoch: Epoch;
  readonly offset: number;
  readonly tasks: readonly Task[];
  readonly drop: readonly string[];
  readonly totals: Totals;
  readonly log: readonly LogEntry[];
  readonly resumed: boolean;
  /** Whether Redis answers the server; null when the answer does not say. */
  readonly live: boolean | null;
  /** The server's clock, Unix seconds; null when the answer does not say. */
  readonly now: number | null;
  /** How many connections there are; null when the answer does not say. */
  readonly watching: number | null;
  /** Whether the server still looks for what fits: there may be more than is here. */
  readonly searching: boolean;
  /** What to ask for as `before` to see the rows that follow; null where there are none. */
  readonly next: number | null;
}

/** The newest tasks as of `now` (Unix seconds), which the page brought along. */
export interface FirstRows {
  readonly now: number;
  readonly tasks: readonly Task[];
  readonly totals: Totals;
}

/** What changed after `from`, up to and with `to`. */
export interface Frame {
  readonly watch: string;
  readonly epoch: Epoch;
  readonly from: number;
  readonly to: number;
  readonly put: readonly Task[];
  readonly drop: readonly string[];
  /** Null when the frame does not say. */
  readonly totals: Totals | null;
  /** How many connections there are; null when the frame does not say. */
  readonly watching: number | null;
  readonly searching: boolean;
  readonly next: number | null;
  /** Seconds that the last change took to the server, and that the next frame takes at least. */
  readonly late: number;
  readonly log: readonly LogEntry[];
}

/** "Watch again: what you show may be old." */
export interface Resync {
  readonly watch: string;
  readonly reason: string;
}

/** Whether the server itself sees Redis, and since when (Unix seconds). */
export interface Status {
  readonly live: boolean;
  readonly since: number;
  /** Which build of the page it hands out; null when it does not say. */
  readonly build: string | null;
  /** What keeps Redis from recording what happens; null when nothing is known to. */
  readonly trouble: string | null;
}

/** What came as a message: of its fields nothing is known but their names. */
type Fields<Message> = Readonly<Partial<Record<keyof Message, unknown>>>;

function isFields<Message>(value: unknown): value is Fields<Message> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTask(value: unknown): value is Task {
  return (
    isFields<Task>(value) &&
    typeof value.id === "string" &&
    typeof value.offset === "number" &&
    (STATES as readonly unknown[]).includes(value.state) &&
    Array.isArray(value.steps)
  );
}

function isLogEntry(value: unknown): value is LogEntry {
  return (
    isFields<LogEntry>(value) && typeof value.id === "string" && typeof value.message === "string"
  );
}

function list<Item>(value: unknown, is: (item: unknown) => item is Item): Item[] {
  return Array.isArray(value) ? value.filter(is) : [];
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Why something was not answered; `again` if the same may be answered a moment later. */
export interface Refusal {
  readonly error: string;
  readonly code: string;
  readonly again: boolean;
}

export function isRefusal(value: unknown): value is Fields<RefusalMessage> {
  return isFields<RefusalMessage>(value) && value.ok === false;
}

export function asRefusal(value: unknown): Refusal {
  if (!isRefusal(value)) return { error: "", code: "", again: false };
  const { error, code, again } = value;
  return {
    error: isText(error) ? error : "",
    code: isText(code) ? code : "",
    again: again === true,
  };
}

function seconds(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}

function watchingIn({ watching }: Fields<FrameMessage>): number | null {
  return isFields<Watching>(watching) && typeof watching.all === "number" ? watching.all : null;
}

export function asAnswer(value: unknown): Answer | null {
  if (!isFields<AnswerMessage>(value) || value.ok !== true || !isText(value.watch)) return null;
  if (!isText(value.epoch) || typeof value.offset !== "number") return null;
  return {
    watch: value.watch,
    epoch: value.epoch,
    offset: value.offset,
    tasks: list(value.tasks, isTask),
    drop: list(value.drop, isText),
    totals: isFields<Totals>(value.totals) ? (value.totals as Totals) : {},
    log: list(value.log, isLogEntry),
    resumed: value.resumed === true,
    live: typeof value.live === "boolean" ? value.live : null,
    now: typeof value.now === "number" ? value.now : null,
    watching: watchingIn(value),
    searching: value.searching === true,
    next: typeof value.next === "number" ? value.next : null,
  };
}

export function asFirstRows(value: unknown): FirstRows | null {
  if (!isFields<FirstRowsMessage>(value) || typeof value.now !== "number") return null;
  if (!isFields<Totals>(value.totals)) return null;
  return {
    now: value.now,
    tasks: list(value.tasks, isTask),
    totals: value.totals as Totals,
  };
}

export function asFrame(value: unknown): Frame | null {
  if (!isFields<FrameMessage>(value) || !isText(value.watch) || !isText(value.epoch)) return null;
  if (typeof value.from !== "number" || typeof value.to !== "number") return null;
  return {
    watch: value.watch,
    epoch: value.epoch,
    from: value.from,
    to: value.to,
    put: list(value.put, isTask),
    drop: list(value.drop, isText),
    totals: isFields<Totals>(value.totals) ? (value.totals as Totals) : null,
    watching: watchingIn(value),
    searching: value.searching === true,
    next: typeof value.next === "number" ? value.next : null,
    late: seconds(value.lag) + seconds(value.tick),
    log: list(value.log, isLogEntry),
  };
}

export function asResync(value: unknown): Resync | null {
  if (!isFields<ResyncMessage>(value) || !isText(value.watch)) return null;
  return { watch: value.watch, reason: isText(value.reason) ? value.reason : "" };
}

/** What a board shows: whole, or the part of it that changed. */
export interface Picture {
  readonly watch: string;
  readonly board: unknown;
  readonly part: boolean;
  readonly live: boolean | null;
  readonly now: number | null;
}

export function asPicture(value: unknown): Picture | null {
  if (!isFields<BoardMessage>(value) || value.ok !== true || !isText(value.watch)) return null;
  if (!("board" in value)) return null;
  return {
    watch: value.watch,
    board: value.board,
    part: value.part === true,
    live: typeof value.live === "boolean" ? value.live : null,
    now: typeof value.now === "number" ? value.now : null,
  };
}

export function asStatus(value: unknown): Status | null {
  if (!isFields<StatusMessage>(value) || typeof value.live !== "boolean") return null;
  return {
    live: value.live,
    since: typeof value.since === "number" ? value.since : 0,
    build: isText(value.build) ? value.build : null,
    trouble: isText(value.trouble) ? value.trouble : null,
  };
}

/** The server's clock (Unix seconds) in the answer to `seen`; null when it does not say. */
export function asMoment(value: unknown): number | null {
  return isFields<DoneMessage>(value) && typeof value.now === "number" ? value.now : null;
}
