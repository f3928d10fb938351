/** The order of the table of jobs, and the scale of its run times. Pure. */

import type { Job } from "../../contract/hour";
import { shortName } from "../../text/format";

/** Those of which most failed come first, then by the name that is shown; jobs without a name come last. */
export function inOrder(jobs: readonly Job[]): readonly Job[] {
  const order = (job: Job) => (job.name === null ? "" : `${shortName(job.name)} ${job.name}`);
  return [...jobs].sort(
    (one, other) =>
      Number(one.name === null) - Number(other.name === null) ||
      other.failed - one.failed ||
      (order(one) < order(other) ? -1 : 1),
  );
}

/** A logarithmic scale of run times. */
export interface TimeScale {
  /** Its ends, in seconds. */
  readonly from: number;
  readonly to: number;
  /** The position of a run time on it, 0 to 1. */
  place(seconds: number): number;
}

/** Where a scale may end: powers of ten of a second, then minutes, hours and days. */
const ENDS = [0.001, 0.01, 0.1, 1, 10, 60, 600, 3600, 36_000, 86_400, 864_000] as const;

/** The scale for the run times of these jobs; null when there are none. */
export function timeScale(jobs: readonly Job[]): TimeScale | null {
  const times = jobs.flatMap(({ p50, p99 }) => [p50, p99]).filter((time) => time !== null);
  if (!times.length) return null;
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const from = ENDS.findLast((end) => end <= least) ?? ENDS[0];
  const to = ENDS.find((end) => end >= most && end > from) ?? 864_000;
  return { from, to, place: (seconds) => Math.log(seconds / from) / Math.log(to / from) };
}
