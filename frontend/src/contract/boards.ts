/** Workers, queues, the schedule and shared views, as boards show them; the types are in generated/. */

import type { Boards, Entry, Queue, SharedView, Worker } from "./generated";

export type {
  Entry,
  HeldTask,
  Queue,
  Run,
  RunningTask,
  SharedView,
  Worker,
  WorkerAnswers,
} from "./generated";

/** Since when the broker does not answer, so that what is shown is from before. */
export type Truth = Pick<Boards["workers"], "known" | "stale_since" | "trouble">;

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

/** Where the broker is, how many messages RabbitMQ holds back, and what the broker cannot tell. */
export function asBroker(
  board: unknown,
): Pick<Boards["queues"], "broker" | "held_back" | "unknown"> {
  const { broker, held_back, unknown } = (board ?? {}) as Partial<Boards["queues"]>;
  return { broker: broker ?? null, held_back: held_back ?? null, unknown: unknown ?? null };
}

export function asEntries(board: unknown): readonly Entry[] | null {
  return listOf(board, "entries") as readonly Entry[] | null;
}

export function asViews(board: unknown): readonly SharedView[] | null {
  return listOf(board, "views") as readonly SharedView[] | null;
}

export function asTruth(board: unknown): Truth {
  const { known, stale_since, trouble } = (board ?? {}) as Partial<Truth>;
  return { known: known === true, stale_since: stale_since ?? null, trouble: trouble ?? null };
}

/** The longest queue, which is the measure of all bars; at least one. */
export function deepest(queues: readonly Queue[]): number {
  return Math.max(1, ...queues.map(held));
}

/** The bars of messages and of tasks have one measure. */
function held({ depth, waiting }: Queue): number {
  return Math.max(depth ?? 0, waiting);
}

/**
 * How many tasks wait in a queue: the messages at the broker count only where the record has no task of it, since those
 * of revoked tasks remain there.
 */
export function waitingIn({ depth, waiting, recorded }: Queue): number {
  return recorded || waiting > 0 ? waiting : (depth ?? 0);
}

/** How many wait in all, of so many by the record. */
export function waitingInAll(recorded: number, queues: readonly Queue[]): number {
  return queues.reduce((sum, queue) => sum + waitingIn(queue) - queue.waiting, recorded);
}

/** Whether anybody takes from it. */
export function isTaken(queue: Queue): boolean {
  return queue.consumers.length > 0 || (queue.consumer_count ?? 0) > 0;
}

/** Whether tasks wait in a queue that nobody takes from. */
export function isTroubled(queue: Queue): boolean {
  return !isTaken(queue) && waitingIn(queue) > 0;
}

/** A queue that stands still for less may only be between two tasks. */
const STILL_SECONDS = 60;

/** Whether tasks wait in a queue that workers take from, and none of them started for more than a minute. */
export function standsStill(queue: Queue, now: number): boolean {
  const { oldest_at: oldest, left } = queue;
  const long = oldest !== null && now - oldest > STILL_SECONDS;
  return isTaken(queue) && waitingIn(queue) > 0 && left === 0 && long;
}

/** Those in which tasks wait for nobody come first, then those in which most waits. */
export function byTrouble(queues: readonly Queue[]): readonly Queue[] {
  return [...queues].sort(
    (one, other) =>
      Number(isTroubled(other)) - Number(isTroubled(one)) ||
      waitingIn(other) - waitingIn(one) ||
      (one.name < other.name ? -1 : 1),
  );
}

/** Seconds until nothing waits, if as many go on to come and leave as in the last minute; null where it does not shrink. */
export function clearsIn({ waiting, came, left }: Queue): number | null {
  return waiting > 0 && left > came ? (60 * waiting) / (left - came) : null;
}

/** How many of a worker's slots do nothing; null where it does not say how many it has. */
export function free(worker: Worker): number | null {
  return worker.slots === null ? null : Math.max(0, worker.slots - worker.running.length);
}
