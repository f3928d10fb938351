/**
 * What passes through the vessels: each start of a task is one drop.
 *
 * A task that is over before the next frame is never seen to run. So the starts that were seen are compared with those
 * that the server counted in the last minute, and what is missing passes too, spread over time. Pure.
 */

const MINUTE = 60;

/** Drops a second that are added to one vessel, at most. */
const ADDED_LIMIT = 3;

/** Which of these were not there before. `known` is brought up to date. */
export function begun(known: Set<string>, ids: readonly string[]): readonly string[] {
  const now = new Set(ids);
  for (const id of known) if (!now.has(id)) known.delete(id);
  const fresh = ids.filter((id) => !known.has(id));
  for (const id of fresh) known.add(id);
  return fresh;
}

/** The starts of one queue in the last minute, by second. */
export class Seen {
  readonly #counts = new Uint16Array(MINUTE);
  #second = 0;
  #owed = 0;

  /** A start was seen. */
  add(second: number): void {
    this.#advance(second);
    const place = second % MINUTE;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }

  /** How many starts of this second nobody saw, if the server counted `left` in the last minute. Once a second. */
  missing(second: number, left: number): number {
    this.#advance(second);
    const seen = this.#counts.reduce((sum, count) => sum + count, 0);
    // The server counts in slots of some seconds: a small difference is none.
    const missed = left - seen > 0.2 * left + 2 ? (left - seen) / MINUTE : 0;
    this.#owed = missed ? Math.min(this.#owed + missed, ADDED_LIMIT) : 0;
    const whole = Math.floor(this.#owed);
    this.#owed -= whole;
    return whole;
  }

  #advance(second: number): void {
    const passed = Math.min(MINUTE, Math.max(0, second - this.#second));
    for (let each = 1; each <= passed; each++) this.#counts[(this.#second + each) % MINUTE] = 0;
    if (passed === MINUTE) this.#counts.fill(0);
    this.#second = Math.max(this.#second, second);
  }
}
