/** Where the axes of a plot have their marks. Pure. */

const STEP_MINUTES = [5, 10, 15, 20, 30] as const;

const MARK_DISTANCE_PIXELS = 64;

/** The marks of an axis of time, in Unix seconds, at whole minutes. `pixels` is the length of the axis. */
export function marks(from: number, to: number, pixels: number): number[] {
  const most = Math.max(1, pixels / MARK_DISTANCE_PIXELS);
  const step = 60 * (STEP_MINUTES.find((minutes) => (to - from) / (60 * minutes) <= most) ?? 30);
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, n) => first + n * step);
}

/** The marks of an axis of whole numbers, from 0 to the first round number that is not below `most`. */
export function scale(most: number): readonly number[] {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most / 4)));
  const step = [1, 2, 2.5, 5, 10]
    .map((factor) => factor * power)
    .find((size) => Number.isInteger(size) && size * 4 >= most) as number;
  const top = Math.max(2, Math.ceil(most / step));
  return Array.from({ length: top + 1 }, (_, n) => n * step);
}
