/** The tasks that waited, by queue, as bands that stand on one another. Pure. */

import { type Picture, waitingByQueue } from "../../contract/hour";
import type { Lines } from "../../contract/hour_lines";

/** Bands of queues at most; the band of all others comes on top. */
export const PLACES = 5;

export interface Band {
  /** null for all other queues, and for tasks whose queue is not known. */
  readonly queue: string | null;
  /** From below, which decides its colour; that of the others is PLACES. */
  readonly place: number;
  /** Tasks that waited at each time. */
  readonly values: readonly number[];
}

/** Where the bands of queues stand. */
export type Places = ReadonlyMap<string, number>;

/** Of a picture, the tasks of each queue at the times of its lines, and those of all others; none where none waited. */
export function parts(
  picture: Picture,
  { times, waiting }: Lines,
): ReadonlyMap<string | null, readonly number[]> {
  const { queues, levels } = waitingByQueue(picture);
  const rows = new Map(levels.map(([at = 0, ...counts]) => [at, counts]));
  const moments = picture.moments.slice(picture.moments.length - times.length);
  const found = new Map<string | null, number[]>();
  for (const queue of [...queues, null]) found.set(queue, []);
  for (const [place, [at]] of moments.entries()) {
    let left = waiting[place] ?? 0;
    for (const [nth, queue] of queues.entries()) {
      const count = Math.min(rows.get(at)?.[nth] ?? 0, left);
      found.get(queue)?.push(count);
      left -= count;
    }
    found.get(null)?.push(left);
  }
  return new Map([...found].filter(([, values]) => values.some((value) => value > 0)));
}

/** Queues keep their places, so that no band changes its colour; others take what is free, the highest first. */
export function placed(
  before: Places,
  waiting: ReadonlyMap<string | null, readonly number[]>,
): Places {
  const peaks = [...waiting].flatMap(([queue, values]) =>
    queue === null ? [] : [{ queue, peak: Math.max(...values) }],
  );
  const places = new Map([...before].filter(([queue]) => waiting.has(queue)));
  const taken = new Set(places.values());
  const free = Array.from({ length: PLACES }, (_, place) => place).filter((at) => !taken.has(at));
  for (const { queue } of peaks.sort((one, other) => other.peak - one.peak)) {
    if (!places.has(queue)) places.set(queue, free.shift() as number);
  }
  return places;
}

/** The bands from below; none where there is only one, which says no more than the line of all. */
export function bands(
  waiting: ReadonlyMap<string | null, readonly number[]>,
  places: Places,
): readonly Band[] {
  if (waiting.size < 2) return [];
  return [...waiting]
    .map(([queue, values]) => ({
      queue,
      values,
      place: queue === null ? PLACES : (places.get(queue) ?? PLACES),
    }))
    .sort((one, other) => one.place - other.place);
}

/** The upper edges of bands that stand on one another. */
export function edges(from: readonly Pick<Band, "values">[]): readonly (readonly number[])[] {
  const sums: number[] = [];
  return from.map(({ values }) =>
    values.map((value, at) => {
      sums[at] = (sums[at] ?? 0) + value;
      return sums[at];
    }),
  );
}
