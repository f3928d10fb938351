/** IDs of tasks in addresses. */

/** Browsers take these segments out of any address, escaped ones as well. */
const DOTS = [".", ".."];

/** What stands before one of them, as the server has it (web/paths.py): within an ID it would be escaped. */
const MARK = "=";

/** An ID as a segment of an address. */
export function segmentOf(id: string): string {
  return DOTS.includes(id) ? MARK + id : encodeURIComponent(id);
}

/** The ID of a segment. Throws URIError for one that is not escaped rightly. */
export function idOf(segment: string): string {
  const id = segment.slice(MARK.length);
  return segment.startsWith(MARK) && DOTS.includes(id) ? id : decodeURIComponent(segment);
}
