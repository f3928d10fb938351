/**
 * The contract of the server and its clients, as the server's types have it.
 *
 * Written by bin/contract: what is changed here by hand is lost. Times are Unix seconds, unknown is
 * null.
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

/**
 * Position of each state within one run. The Redis Functions and the page follow the same ranks.
 */
export const RANKS: Readonly<Record<State, number>> = {
  PENDING: 0,
  RECEIVED: 1,
  STARTED: 2,
  PROGRESS: 3,
  RETRY: 4,
  SUCCESS: 6,
  FAILURE: 6,
  REVOKED: 6,
  LOST: 5,
};

/**
 * States of a task that waits for its first or next run. One that waits for another try (RETRY)
 * is not among them.
 */
export const WAITING: readonly State[] = ["PENDING", "RECEIVED"];

/** States of a task that runs. */
export const RUNNING: readonly State[] = ["STARTED", "PROGRESS"];

/** States of a task that is over. */
export const ENDED: readonly State[] = ["SUCCESS", "FAILURE", "REVOKED", "LOST"];

/** One part of a task's work, and how far it is. */
export interface Step {
  /** Place in the outline: "1.2" is the second part of "1". */
  readonly key: string;
  /** What is done in this part. */
  readonly description: string;
  /** How much is done, in units. */
  readonly current: number;
  /** How much there is to do, in units. */
  readonly total: number | null;
  /** What is counted: "rows", or "B" for bytes. */
  readonly unit: string;
  /** Units per second, as of the report. */
  readonly rate: number | null;
  /** Seconds left, as of the report. */
  readonly eta: number | null;
  /** Whether this part is complete. */
  readonly done: boolean;
}

/** Why a task failed or is tried again. */
export interface TaskError {
  /** Name of the exception's class. */
  readonly type: string;
  /** Text of the exception. */
  readonly message: string;
  /** Where it was raised, as Python prints it. On the task itself, not in lists. */
  readonly traceback: string | null;
}

/** A task as the record knows it. */
export interface Task {
  /** Celery's id of the task, the same in all its runs. */
  readonly id: string;
  /** What the task does: one of the states. */
  readonly state: State;
  /**
   * Offset of its last change: of two rows of one epoch, the one with the greater offset is the
   * newer.
   */
  readonly offset: number;
  /** Offset of its first change: the order in which tasks became known, and that of lists. */
  readonly first_offset: number;
  /** Name of the task, as Celery has it. */
  readonly name: string | null;
  /** Name of the queue that it was sent to. */
  readonly queue: string | null;
  /** Name of the worker that accepted its present run. */
  readonly worker: string | null;
  /**
   * Positional arguments as text: JSON where they are plain data, else Python's repr. Secrets are
   * replaced. At most 1 KiB in lists, and 16 KiB on the task itself.
   */
  readonly args: string | null;
  /** Keyword arguments, as text like `args`. */
  readonly kwargs: string | null;
  /** Count of the tries before this one. */
  readonly retries: number;
  /** Token of the present execution. A task that is redelivered or retried gets another. */
  readonly run: string | null;
  /** Id of the first task of the workflow that it belongs to. */
  readonly root_id: string | null;
  /** Id of the task that sent it. */
  readonly parent_id: string | null;
  /** Id of the group that it belongs to. */
  readonly group_id: string | null;
  /** Id of the task that a user ran again, of which this is the copy. */
  readonly retry_of: string | null;
  /** Name of the entry of beat's schedule that it was sent for. */
  readonly schedule: string | null;
  /** True where a user sent it for that entry, ahead of beat. */
  readonly by_hand: boolean | null;
  /** When it was sent, in Unix seconds. */
  readonly created_at: number | null;
  /** When a worker accepted its present run, in Unix seconds. */
  readonly received_at: number | null;
  /** When its present run started, in Unix seconds. */
  readonly started_at: number | null;
  /** When it ended, in Unix seconds. */
  readonly finished_at: number | null;
  /** When it may start at the earliest, in Unix seconds. */
  readonly eta: number | null;
  /** When it may no longer start, in Unix seconds. */
  readonly expires: number | null;
  /**
   * How much of the whole is done, 0 to 100, as last reported: a task that succeeded may stand
   * below 100.
   */
  readonly percent: number | null;
  /** The parts of its work, as last reported. */
  readonly steps: readonly Step[];
  /** What the task reported last in words. */
  readonly message: string | null;
  /** What it returned, as text like `args`. */
  readonly result: string | null;
  /** Why it failed or is tried again. */
  readonly error: TaskError | null;
}

/** One entry of a task's log: a state that it entered, or a line that it logged. */
export interface LogEntry {
  /** Two growing numbers, "MILLISECONDS-NUMBER": as text such ids do not sort. */
  readonly id: string;
  /** When, in Unix seconds. */
  readonly at: number;
  /** `state` or `log`. */
  readonly kind: "state" | "log";
  /** `debug`, `info`, `warning`, `error` or `critical`. */
  readonly level: string;
  /** The line, or the name of the state. */
  readonly message: string;
}

/** How far a reader is. Offsets of two epochs do not compare. */
export interface Position {
  /**
   * The record that the offset counts in. Another one begins when Redis comes up empty or from an
   * older state.
   */
  readonly epoch: string;
  /** The reader holds every change up to this one. */
  readonly offset: number;
}

/** How many tasks are in each state. */
export type Totals = Readonly<Partial<Record<State, number>>>;

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
  /** Not sent by any of these tasks. */
  readonly parent_id?: readonly string[];
  /** Not of a workflow that any of these tasks began. */
  readonly root_id?: readonly string[];
  /** Of none of these groups. */
  readonly group_id?: readonly string[];
  /** Not a copy of any of these tasks. */
  readonly retry_of?: readonly string[];
  /** None of these texts, at most 10 of them, anywhere in name, id, message or arguments. */
  readonly q?: readonly string[];
}

/**
 * A task fits if every given field fits and nothing of `not` does. Shown are the newest `limit`
 * tasks that fit.
 */
export interface Query {
  /** Any of these states. In JSON one or a list; over HTTP it may repeat. */
  readonly state?: readonly State[];
  /** Tasks of this name. `*` stands for any text, as in `mail.*`; at most 20 of them. */
  readonly name?: string;
  /** Tasks of this queue, with `*` as in `name`. */
  readonly queue?: string;
  /** Tasks of this worker, with `*` as in `name`. */
  readonly worker?: string;
  /** Tasks that this task sent. */
  readonly parent_id?: string;
  /** Tasks of the workflow that this task began. */
  readonly root_id?: string;
  /** Tasks of this group. */
  readonly group_id?: string;
  /** Copies of this task, made when a user ran it again. */
  readonly retry_of?: string;
  /** Text that is found anywhere in name, id, message or arguments, whatever its case. */
  readonly q?: string;
  /**
   * What excludes a task: an object of `state`, `name`, `queue`, `worker`, `parent_id`, `root_id`,
   * `group_id`, `retry_of` and `q`, each one value or a list of at most 50; of `q` at most 10, and
   * of `*` at most 20 in one field. Over HTTP `not.name=mail.*`, which may repeat.
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
  /** Of a task: its log from its start, or the last 500 entries. */
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

/** A task that a worker runs, by the record. */
export interface RunningTask {
  /** Id of the task. */
  readonly id: string;
  /** Name of the task. */
  readonly name: string | null;
  /** Queue that it was sent to. */
  readonly queue: string | null;
  /** When it started, in Unix seconds. */
  readonly started_at: number | null;
}

/** A worker. One with the pool `solo` answers nothing while it runs a task. */
export interface Worker {
  /** Name of the worker: `celery@HOST` unless said otherwise. */
  readonly name: string;
  /** What follows the `@` of its name. */
  readonly host: string;
  /** Whether it answered one of the last 2 times that it was asked. */
  readonly online: boolean;
  /** How it runs tasks: `prefork`, `solo`, `threads`, `gevent`, `eventlet`. */
  readonly pool: string | null;
  /** Count of tasks that it can run at once. */
  readonly slots: number | null;
  /** Names of the queues that it takes from. */
  readonly queues: readonly string[];
  /** Process id of its main process. */
  readonly pid: number | null;
  /** When it started, in Unix seconds. */
  readonly since: number | null;
  /** Count of tasks that it took since then. */
  readonly processed: number;
  /** When it answered last, in Unix seconds. */
  readonly heard_at: number | null;
  /** What it runs, the longest running first. */
  readonly running: readonly RunningTask[];
}

/** A queue. */
export interface Queue {
  /** Name of the queue. */
  readonly name: string;
  /** Count of messages that the broker holds; unknown where it does not tell. */
  readonly depth: number | null;
  /**
   * Count of tasks that wait by the record (PENDING, RECEIVED), those that a worker has taken ahead
   * included.
   */
  readonly waiting: number;
  /** Since when the oldest of them waits, in Unix seconds. */
  readonly oldest_at: number | null;
  /** Count of its tasks that run, by the record. */
  readonly running: number;
  /** Names of the workers that take from it. */
  readonly consumers: readonly string[];
}

/** A run of an entry of the schedule. */
export interface Run {
  /** Id of the task. */
  readonly id: string;
  /** Address of the task in the API. */
  readonly url: string;
  /** State of the task. */
  readonly state: State;
  /** When it was sent, in Unix seconds. */
  readonly at: number;
  /** Whether a user sent it, and not beat. */
  readonly by_hand: boolean;
}

/** An entry of the schedule. */
export interface Entry {
  /** Name of the entry. */
  readonly name: string;
  /** Name of the task that it sends. */
  readonly task: string;
  /** Positional arguments, as text like those of a task. */
  readonly args: string | null;
  /** Keyword arguments, as text like those of a task. */
  readonly kwargs: string | null;
  /** Queue that the entry names. */
  readonly queue: string | null;
  /** Its schedule in words. */
  readonly words: string;
  /** Time zone of its times of day, where it has any. */
  readonly timezone: string | null;
  /** Its last run, by beat or by hand. */
  readonly last: Run | null;
  /**
   * When it is due next, in Unix seconds. Unknown for an interval whose last run is not on record.
   */
  readonly next: number | null;
  /** When a run was due that did not come, in Unix seconds: beat does not run, or is busy. */
  readonly overdue_since: number | null;
  /** Count of the runs that did not come, among its last 200 and since; at most 1,000. */
  readonly missed: number;
  /** When the last of those was due, in Unix seconds. */
  readonly missed_at: number | null;
}

/** Ten seconds: what ended in them, and what there was at their end. */
export type Moment = readonly [
  /** When it begins, in Unix seconds. */
  at: number,
  /** Count of tasks that succeeded. */
  ok: number,
  /** Count of tasks that failed or were lost. */
  failed: number,
  /** Count of tasks that were tried again. */
  retried: number,
  /** Count of tasks that waited at its end (PENDING, RECEIVED). */
  waiting: number,
  /** Count of tasks that ran at its end. */
  running: number,
  /** Count of tasks that waited for another try at its end. */
  retrying: number,
];

/** How the tasks of one name went in the last hour. */
export interface Job {
  /**
   * Name of the tasks. Without one: tasks whose name is unknown, and those of names beyond the
   * first 100.
   */
  readonly name: string | null;
  /** Count of tasks that ended. */
  readonly count: number;
  /** Count of those that failed or were lost. */
  readonly failed: number;
  /** Seconds that half of those that succeeded ran at most, within 5 %. */
  readonly p50: number | null;
  /** Seconds that 95 % of those that succeeded ran at most, within 5 %. */
  readonly p95: number | null;
  /** Seconds that 99 % of those that succeeded ran at most, within 5 %. */
  readonly p99: number | null;
}

/** All workers. */
export interface WorkersBoard {
  /** The workers, by name. */
  readonly workers: readonly Worker[];
  /** False until the first answer came. */
  readonly known: boolean;
  /** Since when the broker does not answer, in Unix seconds: what is shown is from before. */
  readonly stale_since: number | null;
  /** Why the broker does not answer. */
  readonly trouble: string | null;
}

/** All queues. */
export interface QueuesBoard {
  /** The queues, by name. */
  readonly queues: readonly Queue[];
  /** False until the first answer came. */
  readonly known: boolean;
  /** Since when the broker does not answer, in Unix seconds: what is shown is from before. */
  readonly stale_since: number | null;
  /** Why the broker does not answer. */
  readonly trouble: string | null;
}

/** The schedule. */
export interface ScheduleBoard {
  /** The entries, by name. */
  readonly entries: readonly Entry[];
}

/** The last hour. */
export interface NowBoard {
  /** Seconds that a moment lasts. */
  readonly seconds: number;
  /** The hour in moments, the oldest first; the last one has just begun. */
  readonly moments: readonly Moment[];
  /** How the tasks of each name went. */
  readonly jobs: readonly Job[];
  /** False until the record was read. */
  readonly known: boolean;
  /** Since when Redis does not answer, in Unix seconds: what is shown is from before. */
  readonly stale_since: number | null;
  /** Says that Redis does not answer. */
  readonly trouble: string | null;
}

/** The boards, by name. */
export interface Boards {
  readonly workers: WorkersBoard;
  readonly queues: QueuesBoard;
  readonly schedule: ScheduleBoard;
  readonly now: NowBoard;
}

/** A message of the list. */
export interface MailArrived {
  /** Id of the message. Ids sort by the time of arrival. */
  readonly id: string;
  /** When it arrived, in Unix seconds. */
  readonly at: number;
  /** Its header From. */
  readonly from: string;
  /** Addresses that it was delivered to. */
  readonly to: readonly string[];
  /** Its header Subject. */
  readonly subject: string;
  /** Bytes of the whole message. */
  readonly size: number;
}

/** What is attached to a message. */
export interface MailAttachment {
  /** Its number within the message. */
  readonly part: number;
  /** Name to save it under. */
  readonly filename: string;
  /** Its media type, as the message says. */
  readonly content_type: string;
  /** Bytes of its content. */
  readonly size: number;
}

/** What is shown of one message beside what the list has. */
export interface MailContent {
  /** Its headers, each as [name, value]. */
  readonly headers: readonly (readonly [string, string])[];
  /** Its plain text, if it has any. */
  readonly text: string | null;
  /** Whether there is more of the text. */
  readonly clipped: boolean;
  /** What is attached to it. */
  readonly attachments: readonly MailAttachment[];
}

/** Most entries of one task's log that the record keeps, and that a client holds: the newest. */
export const LOG_LIMIT_ENTRIES = 1000;

/** Most tasks in one view or one page. */
export const ROWS_LIMIT = 200;

/** Most characters of one text. */
export const TEXT_LIMIT_CHARACTERS = 500;

/**
 * Minutes that are kept, the current one included. They expire whole, so all figures cover the
 * same time.
 */
export const HOUR_MINUTES = 60;
