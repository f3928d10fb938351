/** The words of the pages of workers, queues and the schedule. */

import { about, dateTime, number, plural, timeOfDay } from "./format";

const stale = (since: number, trouble: string | null) =>
  `${trouble ?? "The broker does not answer."} What you see is from ${timeOfDay(since)}; it moves on by itself.`;

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
  queues: (names: readonly string[]) => `takes from ${names.join(", ")}`,
  up: (seconds: number) => `up ${about(seconds)}`,
  processed: (count: number) => `${plural(count, "task")} taken`,
  free: (count: number) => (count === 1 ? "1 slot is free" : `${number(count)} slots are free`),
  slots: (worker: string) => `What ${worker} does now`,
} as const;

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
    oldest: "Longest wait",
    consumers: "Workers",
  },
  unknown: "unknown",
  nobody: "nobody takes from it",
} as const;

export const scheduleText = {
  title: "Schedule",
  loading: "Asking for the schedule",
  none: "Nothing is scheduled: the app has no beat_schedule, or the server knows no app.",
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
