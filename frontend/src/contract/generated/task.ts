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
  /** What this part is called: what its description was at first, where that is another by now. */
  readonly name?: string;
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
  /** When it began, in Unix seconds. */
  readonly started_at: number | null;
  /**
   * When it ended, in Unix seconds, at the latest with its run; null as well where nobody could say
   * so.
   */
  readonly finished_at: number | null;
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

/** One try of a task: what came of one of its runs. */
export interface Try {
  /** Token of the execution. */
  readonly run: string | null;
  /** Name of the worker that ran it. */
  readonly worker: string | null;
  /** When it started, in Unix seconds. */
  readonly started_at: number | null;
  /** When it ended, in Unix seconds. */
  readonly finished_at: number | null;
  /**
   * What came of it: `RETRY` where it asked for another or gave its message back, `LOST` where
   * nobody said.
   */
  readonly state: State;
  /**
   * Why it failed or asked for another try. Its traceback is only that of the task itself, while it
   * is the last.
   */
  readonly error: TaskError | null;
  /**
   * Its positional arguments, where the tries had different ones; otherwise they are those of the
   * task.
   */
  readonly args: string | null;
  /**
   * Its keyword arguments, where the tries had different ones; otherwise they are those of the
   * task.
   */
  readonly kwargs: string | null;
  /**
   * The parts of its work, where it is over and another has come: of the last tries, as far as the
   * parts of all take 65,536 bytes as JSON. Those of the present try are the task's.
   */
  readonly steps?: readonly Step[];
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
  /**
   * When the record first heard of it, in Unix seconds by the clock of Redis. Of tasks of one
   * owner, and of one workflow, each became known later than the one before it. Null where a
   * process of an earlier version told of it.
   */
  readonly known_at: number | null;
  /**
   * Who told of it, the one that knows best first: `attach` where its app calls `phloem.attach`,
   * `backend` for what the result backend stores, `events` for Celery's events, `broker` for its
   * message in the broker, `inspect` for what workers answer.
   */
  readonly known_by: readonly ("attach" | "backend" | "events" | "broker" | "inspect")[];
  /** Name of the task, as Celery has it. */
  readonly name: string | null;
  /**
   * What people call it, where that is not its name, at most 200 characters: what it called itself
   * last (`phloem.label`), else what its sender (`shadow`) or its application (`attach(label=…)`)
   * called it.
   */
  readonly label: string | null;
  /** Name of the queue that it was sent to. */
  readonly queue: string | null;
  /**
   * Name of the exchange that it was sent to. Empty for the one that every broker has, which has no
   * name.
   */
  readonly exchange: string | null;
  /**
   * Routing key of its message, where its producer sends Celery's event of that and is not
   * attached: else `queue` says where it went.
   */
  readonly routing_key: string | null;
  /**
   * Celery's name of the process that sent it, `gen` with a process id and a host, where
   * `routing_key` is told.
   */
  readonly origin: string | null;
  /**
   * Priority of its message. Brokers disagree on whether the highest number or the lowest goes
   * first.
   */
  readonly priority: number | null;
  /** Name of the worker that accepted its present run. */
  readonly worker: string | null;
  /**
   * Release of the application in the process that runs it, as `attach` or `PHLOEM_RELEASE` there
   * says.
   */
  readonly release: string | null;
  /**
   * Positional arguments of its present run as text: JSON where they are plain data, else Python's
   * repr. Secrets are replaced. "…" stands for all of them until a process has told them that knows
   * which are secret. At most 1 KiB in lists, and 16 KiB on the task itself.
   */
  readonly args: string | null;
  /** Keyword arguments, as text like `args`. */
  readonly kwargs: string | null;
  /** Count of the tries before this one. */
  readonly retries: number;
  /**
   * Token of the present execution. A task that is redelivered or retried gets another. It begins
   * with `heard-` where no attached process tells of it.
   */
  readonly run: string | null;
  /** Id of the first task of the workflow that it belongs to. */
  readonly root_id: string | null;
  /** Id of the task that sent it. */
  readonly parent_id: string | null;
  /** Id of the group that it belongs to. */
  readonly group_id: string | null;
  /** Id of the task that a user ran again, of which this is the copy. */
  readonly retry_of: string | null;
  /** Id of the first task that a user made of it, by running it again. */
  readonly retried_as: string | null;
  /** When a user revoked it last, in Unix seconds. Until a worker drops it, it keeps its state. */
  readonly revoked_at: number | null;
  /** Name of the task that it goes on as under its own id, where it replaced itself. */
  readonly replaced_by: string | null;
  /** Name of the entry of beat's schedule that it was sent for. */
  readonly schedule: string | null;
  /** True where a user sent it for that entry, ahead of beat. */
  readonly by_hand: boolean | null;
  /**
   * Who launched it on this server, ran it again or ran it for its entry of the schedule: the name
   * of a user, or `the token` and its name. None where that has no name, and where a program sent
   * it.
   */
  readonly launched_by: string | null;
  /** Whose it is: an identity that its application gave it, at most 200 printable characters. */
  readonly owner: string | null;
  /** When it was sent, in Unix seconds. */
  readonly created_at: number | null;
  /** When a worker accepted its present run, in Unix seconds. */
  readonly received_at: number | null;
  /** When its present run started, in Unix seconds. */
  readonly started_at: number | null;
  /** When it ended, in Unix seconds. */
  readonly finished_at: number | null;
  /**
   * Seconds that its run took, with storing the result, as its worker measured them: what Celery's
   * events tell of a task that succeeded. Of any other, start and end say it.
   */
  readonly runtime: number | null;
  /** When it may start at the earliest, in Unix seconds. */
  readonly eta: number | null;
  /** When it may no longer start, in Unix seconds. */
  readonly expires: number | null;
  /**
   * How much of the whole is done, 0 to 100, as last reported: a task that succeeded may stand
   * below 100. It falls only where the task says so; null where nobody knows the whole.
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
  /**
   * When the try before the present one ended, in Unix seconds: from then on, or from `eta` on,
   * this one waits.
   */
  readonly retried_at: number | null;
  /** Its tries, at most 20, the present one last. On the task itself, not in lists. */
  readonly tries?: readonly Try[];
  /** Count of the tries before those. */
  readonly earlier_tries?: number;
}

/** One entry of a task's log: a state that it entered, or a line that it logged. */
export interface LogEntry {
  /** Two growing numbers, "MILLISECONDS-NUMBER": as text such ids do not sort. */
  readonly id: string;
  /** When, in Unix seconds. */
  readonly at: number;
  /** `state`, `log`, or `gap`, which stands for entries that were left out of a long log. */
  readonly kind: "state" | "log" | "gap";
  /** `debug`, `info`, `warning`, `error` or `critical`. */
  readonly level: string;
  /** The line, the name of the state, or how many entries were left out. */
  readonly message: string;
  /** Key of the step that a line was logged within, among those of its run. */
  readonly step?: string;
  /** Token of the run that logged a line, if that is not the first of its task. */
  readonly run?: string;
  /**
   * What a line says by names, in units of its own, as in `phloem.log("Sent", order=17)`: at most
   * 16, of at most 256 bytes each, and one named `…` that says how many more there were.
   */
  readonly fields?: Readonly<Record<string, string | number | boolean | null>>;
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
