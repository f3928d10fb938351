/** The words of the wall: few, since they are read from six metres. */

import { about, ago, number, percent, plural, timeOfDay } from "../format";

const tasks = (count: number) => plural(count, "task");

export const wallText = {
  title: "Wall",
  loading: "Asking for what is going on",
  asking: "Asking the broker and the workers.",
  well: "All is well.",
  quiet: "All is quiet.",
  failed: (count: number, ended: number, minutes: number) =>
    `${number(count)} of ${tasks(ended)} failed in ${minutes}\u00a0minutes.`,
  undrawn: (names: readonly string[], held: number) =>
    `Nobody takes from ${namesOf(names)}: ${tasks(held)} ${held === 1 ? "waits" : "wait"}.`,
  standsStill: (names: readonly string[], waiting: number, seconds: number) =>
    names.length > 1
      ? `${namesOf(names)} stand still: ${number(waiting)} wait, the oldest for ${about(seconds)}.`
      : `${namesOf(names)} stands still: ${number(waiting)} ${waiting === 1 ? "waits" : "wait, the oldest"} for ${about(seconds)}.`,
  noWorkerYet: "No worker is online yet.",
  nothingYet: "No task was sent yet.",
  willBe: "What waits, what runs, and the last hour will be seen here.",
  noWorker: (waiting: number) =>
    waiting
      ? `No worker is online, and ${tasks(waiting)} ${waiting === 1 ? "waits" : "wait"}.`
      : "No worker is online.",
  signedOut:
    "This wall is signed out. Sign in on this machine, in another tab: it goes on by itself.",
  lost: (since: number) => `No connection since ${timeOfDay(since)}.`,
  stale: (since: number) =>
    since
      ? `The server waits for Redis since ${timeOfDay(since)}.`
      : "The server waits for Redis. The wall goes on by itself.",
  behind: (seconds: number) => `What you see is ${about(seconds)} old.`,
  refused: (reason: string) => `The server will not show this: ${reason}`,
  dim: (given: string) => `dim=${given} is no part of a day: expected two hours, as in dim=22-6`,
  queues: "Queues",
  slots: "Slots",
  hour: "The last hour",
  failures: "Failures",
  waiting: "waiting",
  busy: (slots: number) => `of ${plural(slots, "slot")} busy`,
  noSlot: "no slot",
  slotsWillBe: "Each slot of a worker will stand here, with the task that it runs.",
  running: "running",
  perMinute: "ended a minute",
  failedHour: "failed in the last hour",
  /** `share` from 0 to 1. */
  ofEnded: (share: number) =>
    `${share < 0.01 ? "under 1\u00a0%" : percent(100 * share)} of what ended`,
  drop: "a task starts",
  nobody: "nobody takes",
  clears: (seconds: number) => `clears in ${about(seconds)}`,
  oldest: (seconds: number) => `for ${about(seconds)}`,
  flow: (came: number, left: number) => `${number(came)} in, ${number(left)} out a minute`,
  empty: "empty",
  still: "nothing passes",
  /** Of a queue that workers take from, and that has tasks, none of which starts. */
  longest: (seconds: number) => `longest wait ${about(seconds)}`,
  others: (count: number, held: number) =>
    `and ${plural(count, "more queue")}${held ? `, ${number(held)} waiting` : ""}`,
  noQueue: "Each queue will stand here, as wide as tasks wait in it.",
  free: "free",
  gone: "gone",
  moreSlots: (count: number) => `and ${plural(count, "more slot")}`,
  most: (count: number) => `peak ${number(count)}`,
  noHour: "Nothing ended in the last hour. What ends is drawn here, minute by minute.",

  stem: (most: number, failed: number) =>
    `Tasks that ended in each minute of the last hour: ${number(most)} at most. ${tasks(failed)} failed.`,
  release: "release",
  failedAgo: (count: number, seconds: number) =>
    count > 1 ? `${number(count)} times, last ${ago(seconds)}` : ago(seconds),
  lostTask: "lost: its worker vanished",
  own: "of your tasks",
  ownWaiting: (count: number) => `${tasks(count)} of yours ${count === 1 ? "waits" : "wait"}`,
} as const;

function namesOf([first = "", ...more]: readonly string[]): string {
  return more.length ? `${first} and ${plural(more.length, "more queue")}` : first;
}
