/** What the picture of the last hour says: figures, and lines to draw. Pure. */

import type { Job, Moment, Picture } from "../../contract/hour";
import { shortName } from "../../text/format";

/** Seconds by which "per minute" is meant. */
const MINUTE = 60;

/** Seconds: the picture is of 59 minutes at least, and the first of them only counts for the next. */
const SPAN = 58 * MINUTE;

/** Places in a moment. */
const [OK, FAILED, WAITING, RUNNING] = [1, 2, 4, 5] as const;

export interface Figures {
  /** Tasks that ended in the last minute, well or not. */
  readonly perMinute: number;
  readonly waiting: number;
  readonly running: number;
  /** Tasks that failed or were lost in the hour. */
  readonly failed: number;
}

/** One point for each moment. Times are its end, Unix seconds, but of the last one, which is not over: now. */
export interface Lines {
  readonly times: readonly number[];
  /** That ended in the minute before. */
  readonly ok: readonly number[];
  readonly failed: readonly number[];
  /** At the time itself. */
  readonly waiting: readonly number[];
  readonly running: readonly number[];
}

/** The lines of the hour, but for its first minute: there is no minute before. `now`: the server's time. */
export function lines({ moments, seconds }: Picture, now: number): Lines {
  const whole = MINUTE / seconds - 1;
  const last = moments.at(-1)?.[0] ?? 0;
  const begun = Math.min(seconds, Math.max(0, now - last));
  const column = (place: 1 | 2 | 4 | 5) => moments.map((moment) => moment[place]);
  return {
    times: moments.map(([at]) => (at === last ? at + begun : at + seconds)).slice(whole),
    ok: perMinute(column(OK), seconds, begun).slice(whole),
    failed: perMinute(column(FAILED), seconds, begun).slice(whole),
    waiting: column(WAITING).slice(whole),
    running: column(RUNNING).slice(whole),
  };
}

/**
 * For each moment how many there were in the minute up to its end. The last one has only begun: it is looked at
 * together with the whole minute before it, so that the line does not fall at the beginning of each moment.
 */
function perMinute(counts: readonly number[], seconds: number, begun: number): number[] {
  const back = MINUTE / seconds;
  let sum = 0;
  return counts.map((count, place) => {
    const last = place === counts.length - 1;
    sum += count - (last ? 0 : (counts[place - back] ?? 0));
    return last ? Math.round((sum * MINUTE) / (MINUTE + begun)) : sum;
  });
}

export function figures(picture: Picture, drawn: Lines): Figures {
  const last: Moment | undefined = picture.moments.at(-1);
  return {
    perMinute: (drawn.ok.at(-1) ?? 0) + (drawn.failed.at(-1) ?? 0),
    waiting: last?.[WAITING] ?? 0,
    running: last?.[RUNNING] ?? 0,
    failed: picture.moments.reduce((sum, moment) => sum + moment[FAILED], 0),
  };
}

/** Whether nothing ended, waited or ran in the hour. */
export function isQuiet({ moments, jobs }: Picture): boolean {
  return !jobs.length && moments.every(([, ...counts]) => counts.every((count) => count === 0));
}

/** What a plot shows up to the last time of its lines: as much of the hour as is there at any time. */
export function span({ times }: Lines): readonly [from: number, to: number] {
  const to = times.at(-1) ?? SPAN;
  return [to - SPAN, to];
}

/** By the names that are shown, so that no row jumps; what has no name comes last. */
export function inOrder(jobs: readonly Job[]): readonly Job[] {
  const order = (job: Job) => (job.name === null ? "" : `${shortName(job.name)} ${job.name}`);
  return [...jobs].sort(
    (one, other) =>
      Number(one.name === null) - Number(other.name === null) ||
      (order(one) < order(other) ? -1 : 1),
  );
}

/** A logarithmic scale for all run times that there are; null where there are none. */
export interface TimeScale {
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  /** Where on it a run time is, 0 to 1. */
  place(seconds: number): number;
}

/** Seconds at which such a scale may end: tens of them, minutes, hours and days. */
const ENDS = [0.001, 0.01, 0.1, 1, 10, 60, 600, 3600, 36_000, 86_400, 864_000] as const;

export function timeScale(jobs: readonly Job[]): TimeScale | null {
  const times = jobs.flatMap(({ p50, p99 }) => [p50, p99]).filter((time) => time !== null);
  if (!times.length) return null;
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const from = ENDS.findLast((end) => end <= least) ?? ENDS[0];
  const to = ENDS.find((end) => end >= most && end > from) ?? 864_000;
  return { from, to, place: (seconds) => Math.log(seconds / from) / Math.log(to / from) };
}

const EVERY = [5, 10, 15, 20, 30] as const;

/** Where an axis of so many pixels has its marks: every so many whole minutes, 64 pixels apart or more. */
export function marks(from: number, to: number, pixels: number): number[] {
  const most = Math.max(1, pixels / 64);
  const step = 60 * (EVERY.find((minutes) => (to - from) / (60 * minutes) <= most) ?? 30);
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, n) => first + n * step);
}

/** The top of a scale of whole numbers, and its marks from 0 on: 4, 10, 20, 50, 100, ... */
export function scale(most: number): readonly number[] {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most / 4)));
  const step = [1, 2, 2.5, 5, 10]
    .map((factor) => factor * power)
    .find((size) => Number.isInteger(size) && size * 4 >= most) as number;
  const top = Math.max(2, Math.ceil(most / step));
  return Array.from({ length: top + 1 }, (_, n) => n * step);
}
