/** The scale below a timeline. Pure; seconds. */

const STEP_SECONDS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1800, 3600, 7200, 14400, 21600, 43200, 86400,
];

/** Where the scale has its marks: round distances from its beginning, about `most` of them at most. */
export function marks(seconds: number, most: number): number[] {
  const days = Math.ceil(seconds / 86400 / most) * 86400;
  const step = STEP_SECONDS.find((candidate) => seconds / candidate <= most) ?? days;
  const found: number[] = [];
  for (let i = 0; i * step <= seconds * 1.0001 && i <= most; i++) found.push(i * step);
  return found;
}

/** Characters that fit side by side along the narrowest scale, on a phone. */
const SCALE_CHARACTERS = 44;

/** Whether the label of a mark ends before the scale does. */
export function hasRoom(mark: number, seconds: number, words: string): boolean {
  return (1 - mark / seconds) * SCALE_CHARACTERS > words.length;
}
