/** The figures and lines of the last hour, from the picture of the server. Pure. */

import type { Moment, Picture } from "./hour";

const MINUTE_SECONDS = 60;

/** The time that plots show: the picture has at least 59 minutes, and the first of them only counts for the next. */
const SPAN_SECONDS = 58 * MINUTE_SECONDS;

/** Indexes into a moment. */
const [OK, FAILED, WAITING, RUNNING] = [1, 2, 4, 5] as const;

export interface Figures {
  /** Tasks that ended in the last minute, whatever their end. */
  readonly perMinute: number;
  /** Tasks that wait now. */
  readonly waiting: number;
  /** Tasks that run now. */
  readonly running: number;
  /** Tasks that failed or were lost in the last hour. */
  readonly failed: number;
}

/** One point per moment. */
export interface Lines {
  /** The end of each moment, in Unix seconds; for the last one, which is not over, the present. */
  readonly times: readonly number[];
  /** Tasks that ended well, or failed, in the minute before that time. */
  readonly ok: readonly number[];
  readonly failed: readonly number[];
  /** Tasks that waited, or ran, at that time. */
  readonly waiting: readonly number[];
  readonly running: readonly number[];
}

/** The lines of the hour, without its first minute, which has no minute before it. `now` is the server's time. */
export function lines({ moments, seconds }: Picture, now: number): Lines {
  const whole = MINUTE_SECONDS / seconds - 1;
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
 * For each moment the count in the minute up to its end. The last moment has only begun: it is counted together with the
 * whole minute before it, so that the line does not drop at the beginning of each moment. `begun` is its age in seconds.
 */
function perMinute(counts: readonly number[], seconds: number, begun: number): number[] {
  const back = MINUTE_SECONDS / seconds;
  let sum = 0;
  return counts.map((count, place) => {
    const last = place === counts.length - 1;
    sum += count - (last ? 0 : (counts[place - back] ?? 0));
    return last ? Math.round((sum * MINUTE_SECONDS) / (MINUTE_SECONDS + begun)) : sum;
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

/** The least time that a plot shows, and how long before the first event it begins. */
const LEAST_SECONDS = 5 * MINUTE_SECONDS;
const BEFORE_SECONDS = MINUTE_SECONDS;

/**
 * The time that plots show, up to the last of their lines: as much of the hour as is always there, but of an hour that
 * began empty only what follows the first event.
 */
export function span({ times, ...lines }: Lines): readonly [from: number, to: number] {
  const to = times.at(-1) ?? SPAN_SECONDS;
  const first = times.findIndex((_, at) => Object.values(lines).some((values) => values[at]));
  const begun = first < 0 ? to : (times[first] as number) - BEFORE_SECONDS;
  return [Math.max(to - SPAN_SECONDS, Math.min(begun, to - LEAST_SECONDS)), to];
}
