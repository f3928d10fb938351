/** Rows that keep their place while somebody is among them. Pure. */

export interface Held {
  /** What stands there, in the order in which it stood. */
  readonly shown: readonly string[];
  /** How many newer ones wait to be shown. */
  readonly waiting: number;
}

/**
 * `shown` as it was, whatever came or went since: `present` is the list as it is now, newest
 * first. Older ones that moved up into it follow at the end; newer ones wait.
 */
export function hold(shown: readonly string[], present: readonly string[]): Held {
  const standing = new Set(shown);
  const last = present.findLastIndex((id) => standing.has(id));
  const first = present.findIndex((id) => standing.has(id));
  if (first < 0) return { shown, waiting: shown.length ? present.length : 0 };
  const older = present.slice(last + 1);
  const waiting = present.slice(0, last).filter((id) => !standing.has(id)).length;
  return { shown: older.length ? [...shown, ...older] : shown, waiting };
}
