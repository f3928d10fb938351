/**
 * The contract of the server and its clients, as the server's types have it.
 *
 * Written by bin/contract: what is changed here by hand is lost. Times are Unix seconds, unknown is
 * null.
 */

import type { State } from "./task";

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

/**
 * A worker. One with the pool `solo` answers nothing while it runs a task, and is known by its
 * lease then.
 */
export interface Worker {
  /** Name of the worker: `celery@HOST` unless said otherwise. */
  readonly name: string;
  /** What follows the `@` of its name. */
  readonly host: string;
  /** Whether it answered one of the last 2 times that it was asked, or its lease lasts. */
  readonly online: boolean;
  /**
   * Whether it answered one of the last 2 times that it was asked: without that it cannot be told
   * to revoke anything.
   */
  readonly answers: boolean;
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
  /**
   * Count of the tasks in the record that it had last, by state, without the states of which it had
   * none.
   */
  readonly totals: Readonly<Record<State, number>>;
  /**
   * Load of its machine by Celery's heartbeats: how many processes ran or could have, on average
   * over 60, 300 and 900 seconds; empty where they do not tell.
   */
  readonly load: readonly number[];
  /** What it is: `py-celery`, its version, and its operating system. */
  readonly software: string | null;
  /** When it answered last, or when its lease ended, in Unix seconds. */
  readonly heard_at: number | null;
  /** Count of other workers online that have the same name, which Celery takes for one. */
  readonly namesakes: number;
  /**
   * What it runs, the longest running first. Of several of one name, one has what all of them run.
   */
  readonly running: readonly RunningTask[];
  /** What it had when it vanished, of the last day; at most 20. */
  readonly lost: readonly RunningTask[];
  /** Count of all those. */
  readonly lost_count: number;
}

/** A task that a worker has taken. */
export interface HeldTask {
  /** Id of the task. */
  readonly id: string;
  /** Name of the task. */
  readonly name: string | null;
  /**
   * Positional arguments as the record has them: as text, without secrets. The worker would tell
   * these whole.
   */
  readonly args: string | null;
  /** Keyword arguments, as text like `args`. */
  readonly kwargs: string | null;
  /** Whether its message is acknowledged. */
  readonly acknowledged: boolean | null;
  /** Id of the process that runs it. */
  readonly worker_pid: number | null;
  /** When it started, in Unix seconds. */
  readonly time_start: number | null;
  /** When it may start at the earliest, in Unix seconds. */
  readonly eta: number | null;
  /** Priority of its entry in the worker's timer. */
  readonly priority: number | null;
  /** How its message came: `exchange`, `routing_key`, `priority`, `redelivered`. */
  readonly delivery_info: Readonly<Record<string, unknown>>;
}

/**
 * What a worker answered to each command of Celery's `inspect`; null to one that it did not
 * answer.
 */
export interface WorkerAnswers {
  /** Name of the worker. */
  readonly name: string;
  /** When it answered, in Unix seconds. */
  readonly heard_at: number;
  /**
   * Its answer to `stats`: `pool`, `broker`, `total`, `prefetch_count`, `autoscaler`, `rusage`,
   * `pid`, `clock`, `uptime`.
   */
  readonly stats: Readonly<Record<string, unknown>>;
  /**
   * Its settings, those that are not the default ones; secrets are replaced, by itself and here.
   */
  readonly conf: Readonly<Record<string, unknown>> | null;
  /** Names of the tasks that it has, each with its rate limit where it has one. */
  readonly registered: readonly string[] | null;
  /** The queues that it takes from, as it declares them. */
  readonly queues: readonly Readonly<Record<string, unknown>>[] | null;
  /** The tasks that it runs; at most 200, as of the next two. */
  readonly active: readonly HeldTask[] | null;
  /** The tasks that it has taken ahead. */
  readonly reserved: readonly HeldTask[] | null;
  /** The tasks that wait in it for their time. */
  readonly scheduled: readonly HeldTask[] | null;
  /** Ids of tasks that it would not run; at most 200. */
  readonly revoked: readonly string[] | null;
  /** Count of all that it has of `active`, `reserved`, `scheduled` and `revoked`. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A queue. */
export interface Queue {
  /** Name of the queue. */
  readonly name: string;
  /** Count of messages that wait at the broker; null where it does not tell. */
  readonly depth: number | null;
  /**
   * Count of those messages by their priority, on Redis, and on RabbitMQ by its management API;
   * without the priorities of which none waits.
   */
  readonly by_priority: Readonly<Record<string, number>>;
  /**
   * Count of messages that consumers have and have not acknowledged, by RabbitMQ's management API.
   */
  readonly unacknowledged: number | null;
  /** Count of its consumers, those of other programs included, as RabbitMQ tells it. */
  readonly consumer_count: number | null;
  /** What kind of queue it is, by RabbitMQ's management API: `classic`, `quorum` or `stream`. */
  readonly kind: string | null;
  /** Rate at which messages come in, in messages a second, by RabbitMQ's management API. */
  readonly incoming: number | null;
  /**
   * Rate at which consumers are given messages, in messages a second, by RabbitMQ's management API.
   */
  readonly outgoing: number | null;
  /** Bytes of the broker's memory, by RabbitMQ's management API. */
  readonly memory: number | null;
  /**
   * Since when nothing happened in it, in Unix seconds, by RabbitMQ's management API; null also
   * where something happens.
   */
  readonly idle_since: number | null;
  /**
   * Count of tasks that wait by the record (PENDING, RECEIVED), those that a worker has taken ahead
   * included.
   */
  readonly waiting: number;
  /**
   * Whether the record has tasks of it, whatever their states: then `waiting` says what waits.
   * Messages of tasks that were revoked remain at the broker until a worker drops them.
   */
  readonly recorded: boolean;
  /** Since when the oldest of them waits, in Unix seconds. */
  readonly oldest_at: number | null;
  /** Count of its tasks that run, by the record. */
  readonly running: number;
  /** Count of tasks that were sent to it in the last minute, by the record. */
  readonly came: number;
  /**
   * Count of its tasks that started in the last minute, or ended without a start, by the record.
   */
  readonly left: number;
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
  /**
   * Count of the runs that did not come, among its last 200 and since; at most 1,000. Only what was
   * due since its schedule was changed counts.
   */
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

/** How many tasks waited in each queue. */
export interface WaitingByQueue {
  /**
   * Names of the queues in which most tasks waited at once in the hour, at most 5, in the order of
   * their names.
   */
  readonly queues: readonly string[];
  /**
   * For each moment its `at`, and after it the count of tasks that waited at its end in each of
   * these queues, in the same order. A moment in which none did may be left out. What `waiting` of
   * the moment counts beyond these waited in other queues, or it is not known in which.
   */
  readonly levels: readonly (readonly number[])[];
  /** Whether tasks waited in other queues that are known. */
  readonly others: boolean;
}

/** A release of an application that began to run. */
export interface Release {
  /** Name of the release, as tasks have it. */
  readonly name: string;
  /** When the first task started in it, in Unix seconds. */
  readonly at: number;
}

/** A search that people see under a name. */
export interface SharedView {
  /** What it is called, which no other shared view is. */
  readonly name: string;
  /** The text of the search, as the page's field takes it. */
  readonly search: string;
  /**
   * Who saved it, in words, as in "the token nightly"; null where the server asks nobody, or all
   * share a password.
   */
  readonly by: string | null;
  /** When it was saved, in Unix seconds. */
  readonly changed_at: number;
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
  /** Address of the broker, without a password; null until it answered. */
  readonly broker: string | null;
  /**
   * Count of messages that RabbitMQ holds back until their time, in queues of Celery's own; null
   * where the app has none held back.
   */
  readonly held_back: number | null;
  /** What a broker of this kind cannot tell, in a sentence or several. */
  readonly unknown: string | null;
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
  /** Since when they cannot be read, in Unix seconds: what is shown is from before. */
  readonly stale_since: number | null;
  /** Why they cannot be read, or what of them is not shown. */
  readonly trouble: string | null;
}

/** The last hour. */
export interface NowBoard {
  /** Seconds that a moment lasts. */
  readonly seconds: number;
  /** The hour in moments, the oldest first; the last one has just begun. */
  readonly moments: readonly Moment[];
  /** How the tasks of each name went. */
  readonly jobs: readonly Job[];
  /** How many tasks waited in each queue. */
  readonly waiting_by_queue: WaitingByQueue;
  /**
   * Where a release of an application took the place of another one, the oldest first; at most 20.
   */
  readonly releases: readonly Release[];
  /** False until the record was read. */
  readonly known: boolean;
  /** Since when Redis does not answer, in Unix seconds: what is shown is from before. */
  readonly stale_since: number | null;
  /** Says that Redis does not answer. */
  readonly trouble: string | null;
}

/** Searches that everybody who may see all tasks is shown. */
export interface ViewsBoard {
  /** All of them, in the order of their names. */
  readonly views: readonly SharedView[];
}

/** The boards, by name. */
export interface Boards {
  readonly workers: WorkersBoard;
  readonly queues: QueuesBoard;
  readonly schedule: ScheduleBoard;
  readonly now: NowBoard;
  readonly views: ViewsBoard;
}
