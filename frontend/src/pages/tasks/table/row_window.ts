/** Which rows of a long list need to exist, given what can be seen of it. Pure; pixels in and out. */

export interface Slice {
  /** Index of the first row to show. */
  readonly first: number;
  /** Index after the last row to show. */
  readonly end: number;
  /** Where the first row stands, from the top of the list. */
  readonly top: number;
  /** How high all rows are together. */
  readonly height: number;
}

/**
 * `from` is how far the list's top edge lies above the top of what is seen (negative while it is
 * still below), `seen` how high that is. `spare` rows are kept on either side, so that a quick
 * flick meets rows and not paper.
 */
export function visible(
  count: number,
  rowHeight: number,
  from: number,
  seen: number,
  spare = 8,
): Slice {
  const height = count * rowHeight;
  const first = clamp(Math.floor(from / rowHeight) - spare, 0, count);
  const end = clamp(Math.ceil((from + seen) / rowHeight) + spare, first, count);
  return { first, end, top: first * rowHeight, height };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
