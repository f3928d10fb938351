/** Reading a plot by keyboard: which time is read, and from where on a stretch is marked. Pure; Unix seconds. */

export interface Reading {
  readonly at: number;
  /** Where the stretch that ends at the time began; null while none is marked. */
  readonly from: number | null;
}

/** How far a key leads, in values of the plot; of ten seconds each, pages are ten minutes. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -60,
  PageUp: 60,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** The times of a plot that can be read: those that it shows. */
export function readable(
  times: readonly number[],
  [from, to]: readonly [from: number, to: number],
): readonly number[] {
  return times.filter((at) => at >= from && at <= to);
}

/** The place of the time that is nearest to the one that was read: times move on with every picture. */
export function placeOf(times: readonly number[], at: number): number {
  let nearest = times.length - 1;
  for (const [place, time] of times.entries()) {
    if (Math.abs(time - at) < Math.abs((times[nearest] as number) - at)) nearest = place;
  }
  return nearest;
}

/** What is read after a key; null where the key leads nowhere. With Shift a stretch is marked from where it was read. */
export function moved(
  times: readonly number[],
  before: Reading,
  key: string,
  shift: boolean,
): Reading | null {
  const step = STEPS[key];
  if (step === undefined || times.length === 0) return null;
  const place = placeOf(times, before.at) + step;
  const at = times[Math.max(0, Math.min(times.length - 1, place))] as number;
  return { at, from: shift ? (before.from ?? before.at) : null };
}

/** The stretch that is marked, in order; null where it is none. */
export function stretch({ at, from }: Reading): readonly [from: number, to: number] | null {
  return from === null || from === at ? null : [Math.min(from, at), Math.max(from, at)];
}
