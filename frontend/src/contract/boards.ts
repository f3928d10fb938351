/**
 * What boards show: workers, queues and the schedule, as the server tells them.
 *
 * Times are Unix seconds of the server's clock; unknown is null.
 */

import type { State } from "./messages";

/** What a slot does: a task that runs. */
export interface Job {
  readonly id: string;
  readonly name: string | null;
  readonly queue: string | null;
  readonly started_at: number | null;
}

export interface Worker {
  readonly name: string;
  readonly host: string;
  readonly online: boolean;
  readonly pool: string | null;
  /** How many tasks it can run at once. */
  readonly slots: number | null;
  readonly queues: readonly string[];
  readonly since: number | null;
  /** Tasks that it took since then. */
  readonly processed: number;
  readonly heard_at: number | null;
  readonly running: readonly Job[];
}

export interface Queue {
  readonly name: string;
  /** Messages that the broker holds. */
  readonly depth: number | null;
  /** Tasks that wait by the record, those at a worker included. */
  readonly waiting: number;
  /** Since when the oldest of them waits. */
  readonly oldest_at: number | null;
  readonly running: number;
  readonly consumers: readonly string[];
}

export interface Run {
  readonly id: string;
  readonly state: State;
  readonly at: number;
  readonly by_hand: boolean;
}

export interface Entry {
  readonly name: string;
  readonly task: string;
  readonly args: string | null;
  readonly kwargs: string | null;
  readonly queue: string | null;
  /** Its schedule in words. */
  readonly words: string;
  readonly timezone: string | null;
  readonly last: Run | null;
  readonly next: number | null;
  /** Since when a run is due that did not come. */
  readonly overdue_since: number | null;
  readonly missed: number;
  readonly missed_at: number | null;
}

/** Since when the broker does not answer, so that what is shown is from before. */
export interface Truth {
  readonly known: boolean;
  readonly stale_since: number | null;
  readonly trouble: string | null;
}

function listOf(board: unknown, name: string): readonly unknown[] | null {
  const held = (board as Record<string, unknown> | null)?.[name];
  return Array.isArray(held) ? held : null;
}

/** The server made them; what is none of them is nothing to show. */
export function asWorkers(board: unknown): readonly Worker[] | null {
  return listOf(board, "workers") as readonly Worker[] | null;
}

export function asQueues(board: unknown): readonly Queue[] | null {
  return listOf(board, "queues") as readonly Queue[] | null;
}

export function asEntries(board: unknown): readonly Entry[] | null {
  return listOf(board, "entries") as readonly Entry[] | null;
}

export function asTruth(board: unknown): Truth {
  const { known, stale_since, trouble } = (board ?? {}) as Partial<Truth>;
  return { known: known === true, stale_since: stale_since ?? null, trouble: trouble ?? null };
}

/** The longest queue, which is the measure of all bars; at least one. */
export function deepest(queues: readonly Queue[]): number {
  return Math.max(1, ...queues.map((queue) => Math.max(queue.depth ?? 0, queue.waiting)));
}

/** How many of a worker's slots do nothing; null where it does not say how many it has. */
export function free(worker: Worker): number | null {
  return worker.slots === null ? null : Math.max(0, worker.slots - worker.running.length);
}
