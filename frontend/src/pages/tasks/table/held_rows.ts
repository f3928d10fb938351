/** Rows that keep their place while the user is among them. Pure. */

export interface Held {
  /** The ids that are shown, in the order in which they were. */
  readonly shown: readonly string[];
  /** How many newer tasks are not shown yet. */
  readonly waiting: number;
}

/**
 * Keeps `shown` as it is, whatever came or went since. `present` is the list as it is now, newest first. Older tasks that
 * moved up into the list follow at the end; newer ones wait.
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
