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
