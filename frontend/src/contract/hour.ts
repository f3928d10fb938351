/** The picture of the last hour, kept up to date by parts of it that changed. Pure. */

/**
 * Ten seconds (`seconds` of the picture) from `at` on, by the server's clock: how many tasks ended well, failed or were
 * lost, and were tried again meanwhile, and how many waited, ran and awaited another try at their end.
 */
export type Moment = readonly [
  at: number,
  ok: number,
  failed: number,
  retried: number,
  waiting: number,
  running: number,
  retrying: number,
];

/** How the tasks of one name went; seconds for which so many percent of those that succeeded ran at most. */
export interface Job {
  /** Null for those without a known name, and for jobs beyond those that are told apart. */
  readonly name: string | null;
  /** Tasks that ended. */
  readonly count: number;
  /** Those of them that failed or were lost. */
  readonly failed: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface Picture {
  readonly seconds: number;
  /** The oldest first; the last has just begun. */
  readonly moments: readonly Moment[];
  readonly jobs: readonly Job[];
  readonly known: boolean;
  readonly stale_since: number | null;
  readonly trouble: string | null;
}

/** Seconds that are looked back at. */
export const HOUR = 3600;

/** The server made it; what is none is nothing to show. */
export function asPicture(board: unknown): Picture | null {
  const { moments, jobs } = (board ?? {}) as Partial<Picture>;
  return Array.isArray(moments) && Array.isArray(jobs) ? (board as Picture) : null;
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
