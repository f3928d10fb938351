/** The picture of the last hour, kept up to date by parts of it that changed. Pure. */

import { type Boards, HOUR_MINUTES, type Release, type WaitingByQueue } from "./generated";

export type { Job, Moment, Release, WaitingByQueue } from "./generated";

export type Picture = Boards["now"];

/** Seconds that are looked back at. */
export const HOUR = 60 * HOUR_MINUTES;

/** The server made it; what is none is nothing to show. */
export function asPicture(board: unknown): Picture | null {
  const { moments, jobs } = (board ?? {}) as Partial<Picture>;
  return Array.isArray(moments) && Array.isArray(jobs) ? (board as Picture) : null;
}

const NONE: readonly Release[] = [];

/** Where releases began; an older server tells of none. */
export function releasesOf(picture: Picture): readonly Release[] {
  return (picture as Partial<Picture>).releases ?? NONE;
}

const UNKNOWN: WaitingByQueue = { queues: [], levels: [], others: false };

/** What waited in each queue; an older server does not tell. */
export function waitingByQueue(picture: Picture): WaitingByQueue {
  return (picture as Partial<Picture>).waiting_by_queue ?? UNKNOWN;
}

/** The picture with what `part` has in the place of the same, and without what is over. */
export function merged(board: unknown, part: unknown): unknown {
  const [before, news] = [asPicture(board), asPicture(part)];
  if (!before || !news) return board;
  const moments = new Map(before.moments.map((moment) => [moment[0], moment]));
  for (const moment of news.moments) moments.set(moment[0], moment);
  const last = Math.max(...moments.keys());
  const jobs = new Map(before.jobs.map((job) => [job.name, job]));
  for (const job of news.jobs) jobs.set(job.name, job);
  const { waiting_by_queue: waiting } = news as Partial<Picture>;
  return {
    ...news,
    moments: [...moments.values()]
      .filter(([at]) => at > last - HOUR)
      .sort(([one], [other]) => one - other),
    jobs: [...jobs.values()].filter(({ count }) => count > 0),
    ...(waiting && {
      waiting_by_queue: mergedLevels(waitingByQueue(before), waiting, last - HOUR),
    }),
  };
}

/** A part with other queues was made before the picture. */
function mergedLevels(before: WaitingByQueue, news: WaitingByQueue, over: number): WaitingByQueue {
  if (before.queues.join("\n") !== news.queues.join("\n")) return before;
  const levels = new Map([...before.levels, ...news.levels].map((row) => [row[0] ?? 0, row]));
  return { ...news, levels: [...levels.values()].filter(([at = 0]) => at > over) };
}
