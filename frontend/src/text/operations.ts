/** The words of the pages of workers, queues and the schedule. */

import { about, bytes, dateTime, number, plural, rate, timeOfDay } from "./format";

const seenFrom = (since: number) =>
  `What you see is from ${timeOfDay(since)}; it moves on by itself.`;

const stale = (since: number, trouble: string | null) =>
  `${trouble ?? "The broker does not answer."} ${seenFrom(since)}`;

export const workersText = {
  title: "Workers",
  loading: "Asking the workers",
  stale,
  none: "No worker is online. What is sent waits until one is there.",
  start: "One more worker is one more command:",
  online: "online",
  offline: (seconds: number | null) =>
    seconds === null ? "does not answer" : `gone, last heard ${about(seconds)} ago`,
  pool: (pool: string | null, slots: number | null) =>
    [pool, slots === null ? null : plural(slots, "slot")].filter(Boolean).join(", "),
  queues: "takes from",
  up: (seconds: number) => `up ${about(seconds)}`,
  processed: (count: number) => `${plural(count, "task")} taken`,
  namesakes: (pid: number | null) =>
    `one of several of this name${pid === null ? "" : `, process ${pid}`}: Celery takes them for one`,
  silent: "does not answer, and is known by its lease",
  lost: (count: number) => `It vanished with ${plural(count, "task")}:`,
  lostTask: (name: string | null, id: string, startedAt: number | null) =>
    [name, id, startedAt !== null && `started ${dateTime(startedAt)}`].filter(Boolean).join(", "),
  moreLost: (count: number) => `and ${number(count)} more`,
  free: (count: number) => (count === 1 ? "1 slot is free" : `${number(count)} slots are free`),
  slots: (worker: string) => `What ${worker} does now`,
  totals: (count: number, state: string) => `${number(count)} ${state}`,
  load: (load: readonly number[]) => `load ${load.map((each) => each.toFixed(2)).join(" ")}`,
  details: {
    all: "All that it tells",
    asking: "Asking it",
    again: "Ask again",
    pool: "Pool",
    broker: "Connection to the broker",
    queues: "Queues",
    total: "Tasks taken, by name",
    active: (count: number) => `Runs ${plural(count, "task")}`,
    reserved: (count: number) => `Has taken ${plural(count, "task")} ahead`,
    scheduled: (count: number) => `Has ${plural(count, "task")} for later`,
    revoked: (count: number) =>
      `Would not run ${plural(count, "task")} that ${count === 1 ? "was" : "were"} revoked`,
    registered: "Tasks that it can run",
    conf: "Settings",
    rusage: "Use of the system",
    other: "Other",
    unanswered: "It did not answer that.",
    nothing: "None.",
    acknowledged: "acknowledged",
    process: (pid: number) => `process ${pid}`,
    since: (at: number) => `since ${timeOfDay(at)}`,
    eta: (at: number) => `not before ${dateTime(at)}`,
    more: (count: number) => `and ${number(count)} more`,
  },
} as const;

interface Facts {
  readonly kind: string | null;
  readonly by_priority: Readonly<Record<string, number>>;
  readonly unacknowledged: number | null;
  readonly incoming: number | null;
  readonly outgoing: number | null;
  readonly memory: number | null;
  readonly idle_since: number | null;
}

export const queuesText = {
  title: "Queues",
  loading: "Asking for the queues",
  stale,
  none: "There is no queue yet: nothing was sent, and nobody waits for anything.",
  column: {
    name: "Queue",
    depth: "Messages",
    waiting: "Waiting",
    running: "Running",
    flow: "In and out a minute",
    oldest: "Longest wait",
    consumers: "Workers",
  },
  /** A dash where nothing comes, leaves or waits: a queue that stands still is another matter. */
  flow: (came: number, left: number, waiting: number) =>
    came || left || waiting ? `${number(came)} in, ${number(left)} out` : "–",
  clears: (seconds: number) => `clears in ${about(seconds)}`,
  unknown: "unknown",
  broker: "The broker is at",
  nobody: "nobody takes from it",
  /** Consumers that the broker counts, where no worker says that it takes from the queue. */
  others: (count: number) =>
    `${plural(count, "consumer")} that ${count === 1 ? "does" : "do"} not answer`,
  heldBack: (count: number) =>
    `RabbitMQ holds back ${plural(count, "message")} until ${count === 1 ? "its" : "their"} time.`,
  /** What the broker tells of a queue besides its depth. */
  facts: (queue: Facts, now: number) =>
    [
      queue.kind !== null && queue.kind !== "classic" && queue.kind,
      Object.keys(queue.by_priority).some((priority) => priority !== "0") &&
        Object.entries(queue.by_priority)
          .map(([priority, count]) => `${number(count)} of priority ${priority}`)
          .join(", "),
      queue.unacknowledged ? `${number(queue.unacknowledged)} unacknowledged` : false,
      (queue.incoming || queue.outgoing) &&
        `${rate(queue.incoming ?? 0, "")} in, ${rate(queue.outgoing ?? 0, "")} out`,
      queue.memory !== null && bytes(queue.memory),
      queue.idle_since !== null && `idle for ${about(Math.max(0, now - queue.idle_since))}`,
    ].filter((each) => typeof each === "string") as readonly string[],
} as const;

export const scheduleText = {
  title: "Schedule",
  loading: "Asking for the schedule",
  stale: (since: number, trouble: string | null) =>
    `${trouble ?? "The schedule cannot be read."} ${seenFrom(since)}`,
  none: "Nothing is known to be scheduled: beat has no entry, or the server does not know its app (phloem serve --app MODULE:CELERY).",
  column: { name: "Entry", when: "When", last: "Last run", next: "Next run", act: "Act" },
  zone: (timezone: string) => `Times of day are those of ${timezone}.`,
  never: "no run on record",
  byHand: "by hand",
  unknown: "known after its next run",
  inSeconds: (seconds: number) => (seconds < 1 ? "now" : `in ${about(seconds)}`),
  overdue: (seconds: number) => `${about(seconds)} overdue: does beat run?`,
  missed: (count: number, at: number | null) =>
    `${number(count)} missed${at === null ? "" : `, last at ${dateTime(at)}`}`,
  run: "Run now",
  running: "Launching",
  launched: "launched",
} as const;
