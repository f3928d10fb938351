/**
 * The wire: what the server says to a viewer and what it is told.
 *
 * Times are Unix seconds of the server's clock, offsets count the changes of one epoch, and
 * unknown is null. The guards look at the frame of a message, not at every field in it: the
 * server made the rows, and a field that is missing shows as unknown.
 */

export const STATES = [
  "PENDING",
  "RECEIVED",
  "STARTED",
  "PROGRESS",
  "RETRY",
  "SUCCESS",
  "FAILURE",
  "REVOKED",
  "LOST",
] as const;

export type State = (typeof STATES)[number];

/** One measured part of a task. `key` is a path: the parent of "1.2" is "1". */
export interface Step {
  readonly key: string;
  readonly description: string;
  readonly current: number;
  readonly total: number | null;
  readonly unit: string;
  /** Units per second. */
  readonly rate: number | null;
  /** Seconds left, as of the report. */
  readonly eta: number | null;
  readonly done: boolean;
}

export interface TaskError {
  readonly type: string;
  readonly message: string;
  readonly traceback: string | null;
}

/** What is known of one task. `args`, `kwargs` and `result` are text: JSON where it could be. */
export interface Task {
  readonly id: string;
  readonly name: string | null;
  readonly state: State;
  readonly queue: string | null;
  readonly worker: string | null;
  readonly args: string | null;
  readonly kwargs: string | null;
  readonly retries: number | null;
  readonly run: string | null;
  readonly root_id: string | null;
  readonly parent_id: string | null;
  readonly group_id: string | null;
  readonly retry_of: string | null;
  /** The entry of the schedule that it was sent for. */
  readonly schedule: string | null;
  /** Whether a person sent it for that entry, and not beat. */
  readonly by_hand: boolean | null;
  readonly created_at: number | null;
  readonly received_at: number | null;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  /** Not before this moment (Unix seconds), as Celery means it. */
  readonly eta: number | null;
  readonly expires: number | null;
  /** 0 to 100. */
  readonly percent: number | null;
  readonly steps: readonly Step[];
  /** The last thing that the task said. */
  readonly message: string | null;
  readonly result: string | null;
  readonly error: TaskError | null;
  /** The offset of its last change: of two rows of one epoch the greater is the newer. */
  readonly offset: number;
  /** The offset of its first change: the order of the list. */
  readonly first_offset: number;
}

export interface LogEntry {
  readonly id: string;
  readonly at: number;
  readonly kind: "state" | "log";
  readonly level: string | null;
  readonly message: string;
}

export type Totals = Readonly<Partial<Record<State, number>>>;

export type Epoch = string | number;

/** Up to where somebody has seen everything. */
export interface Position {
  readonly epoch: Epoch;
  readonly offset: number;
}

/** Which tasks a list shows. */
export interface Query {
  readonly state?: readonly State[];
  readonly name?: string;
  readonly queue?: string;
  readonly worker?: string;
  readonly q?: string;
  readonly parent_id?: string;
  readonly root_id?: string;
  readonly group_id?: string;
  readonly retry_of?: string;
  /** Seconds since it was created: less than, and at least so many. */
  readonly within?: number;
  readonly older?: number;
  /** Only what was first heard of before this offset. */
  readonly before?: number;
  /** What does not fit. */
  readonly not?: Readonly<Record<string, readonly string[]>>;
  readonly limit?: number;
}

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
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEpoch(value: unknown): value is Epoch {
  return typeof value === "string" || typeof value === "number";
}

function isTask(value: unknown): value is Task {
  return (
    isFields(value) &&
    typeof value.id === "string" &&
    typeof value.offset === "number" &&
    (STATES as readonly unknown[]).includes(value.state) &&
    Array.isArray(value.steps)
  );
}

function isLogEntry(value: unknown): value is LogEntry {
  return isFields(value) && typeof value.id === "string" && typeof value.message === "string";
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
  readonly again: boolean;
}

export function isRefusal(value: unknown): value is Fields {
  return isFields(value) && value.ok === false;
}

export function asRefusal(value: unknown): Refusal {
  if (!isRefusal(value)) return { error: "", again: false };
  return { error: isText(value.error) ? value.error : "", again: value.again === true };
}

function seconds(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}

function watchingIn({ watching }: Fields): number | null {
  return isFields(watching) && typeof watching.all === "number" ? watching.all : null;
}

export function asAnswer(value: unknown): Answer | null {
  if (!isFields(value) || value.ok !== true || !isText(value.watch)) return null;
  if (!isEpoch(value.epoch) || typeof value.offset !== "number") return null;
  return {
    watch: value.watch,
    epoch: value.epoch,
    offset: value.offset,
    tasks: list(value.tasks, isTask),
    drop: list(value.drop, isText),
    totals: isFields(value.totals) ? (value.totals as Totals) : {},
    log: list(value.log, isLogEntry),
    resumed: value.resumed === true,
    live: typeof value.live === "boolean" ? value.live : null,
    now: typeof value.now === "number" ? value.now : null,
    watching: watchingIn(value),
    searching: value.searching === true,
    next: typeof value.next === "number" ? value.next : null,
  };
}

export function asFrame(value: unknown): Frame | null {
  if (!isFields(value) || !isText(value.watch) || !isEpoch(value.epoch)) return null;
  if (typeof value.from !== "number" || typeof value.to !== "number") return null;
  return {
    watch: value.watch,
    epoch: value.epoch,
    from: value.from,
    to: value.to,
    put: list(value.put, isTask),
    drop: list(value.drop, isText),
    totals: isFields(value.totals) ? (value.totals as Totals) : null,
    watching: watchingIn(value),
    searching: value.searching === true,
    next: typeof value.next === "number" ? value.next : null,
    late: seconds(value.lag) + seconds(value.tick),
    log: list(value.log, isLogEntry),
  };
}

export function asResync(value: unknown): Resync | null {
  if (!isFields(value) || !isText(value.watch)) return null;
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
  if (!isFields(value) || value.ok !== true || !isText(value.watch) || !("board" in value)) {
    return null;
  }
  return {
    watch: value.watch,
    board: value.board,
    part: value.part === true,
    live: typeof value.live === "boolean" ? value.live : null,
    now: typeof value.now === "number" ? value.now : null,
  };
}

export function asStatus(value: unknown): Status | null {
  if (!isFields(value) || typeof value.live !== "boolean") return null;
  return {
    live: value.live,
    since: typeof value.since === "number" ? value.since : 0,
    build: isText(value.build) ? value.build : null,
  };
}

/** The server's clock (Unix seconds) in the answer to `seen`; null when it does not say. */
export function asMoment(value: unknown): number | null {
  return isFields(value) && typeof value.now === "number" ? value.now : null;
}
