/** The picture of the last hour, kept up to date by parts of it that changed. Pure. */

import { type Boards, HOUR_MINUTES, type Release } from "./generated";

export type { Job, Moment, Release } from "./generated";

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

/** The picture with what `part` has in the place of the same, and without what is over. */
export function merged(board: unknown, part: unknown): unknown {
  const [before, news] = [asPicture(board), asPicture(part)];
  if (!before || !news) return board;
  const moments = new Map(before.moments.map((moment) => [moment[0], moment]));
  for (const moment of news.moments) moments.set(moment[0], moment);
  const last = Math.max(...moments.keys());
  const jobs = new Map(before.jobs.map((job) => [job.name, job]));
  for (const job of news.jobs) jobs.set(job.name, job);
  return {
    ...news,
    moments: [...moments.values()]
      .filter(([at]) => at > last - HOUR)
      .sort(([one], [other]) => one - other),
    jobs: [...jobs.values()].filter(({ count }) => count > 0),
  };
}
