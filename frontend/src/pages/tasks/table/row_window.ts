/** Which rows of a long list have to exist, given the part of it that can be seen. Pure; pixels in and out. */

export interface Slice {
  /** Index of the first row to show. */
  readonly first: number;
  /** Index after the last row to show. */
  readonly end: number;
  /** The distance of the first row from the top of the list. */
  readonly top: number;
  /** The height of all rows together. */
  readonly height: number;
}

/**
 * `from` is how far the top of the list is above the top of the visible part (negative while it is below), `seen` the
 * height of that part. `spare` rows are kept on either side, so that fast scrolling does not show an empty page.
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
