/** Whether the end of a log stays visible: until the user scrolls up. */

/** Scrolled closer to the end than this counts as at the end. */
const AT_END_PIXELS = 24;

/** What of the log is visible, as the browser measures it, in pixels. */
export interface Scrolled {
  readonly scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
}

/**
 * Whether it still follows, after something was scrolled. `top` is where the log was scrolled to before.
 *
 * A log that has grown since it was scrolled to its end is not at its end, though the user has done nothing: the browser
 * tells of scrolling later than it scrolls.
 */
export function follows(following: boolean, top: number, now: Scrolled): boolean {
  if (now.scrollHeight - now.scrollTop - now.clientHeight < AT_END_PIXELS) return true;
  return following && now.scrollTop >= top;
}
