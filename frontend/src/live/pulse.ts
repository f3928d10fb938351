/**
 * How old what the page shows may be. A server that answers now has said all that it had to say before,
 * because messages keep their order; while one waits for its answer, or has slept, nobody knows.
 */

import { type ReadonlySignal, signal } from "@preact/signals-core";

/** A timer that is so late has slept, and what it knows is old. */
export const SLEPT = 3_000;
/** The timers of a page that is hidden, but awake, go once a minute (Chrome 88 and later). */
export const SLEPT_HIDDEN = 65_000;

const MEASURE_EVERY = 5_000;

export class Pulse {
  readonly #roundTrip = signal<number | null>(null);
  readonly #waited = signal(0);
  /** When a timer last went, by the counter that nobody sets and by the clock, which goes on in a machine that sleeps. */
  #ticked = { at: performance.now(), clock: Date.now() };
  /** Since when nobody knows whether the page shows the present; null while that is known. */
  #doubtedAt: number | null = null;
  /** How often it was away: an answer to what was asked before says how things were then. */
  #sleeps = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #measuring = false;

  /** Milliseconds to the server and back; null while there is nothing to ask. */
  get roundTrip(): ReadonlySignal<number | null> {
    return this.#roundTrip;
  }

  /** Milliseconds by which the page may be behind. */
  get waited(): ReadonlySignal<number> {
    return this.#waited;
  }

  /** Time has passed. Who was away for more than `slept` milliseconds doubts all that was known before. */
  tick(slept: number): void {
    const now = performance.now();
    const clock = Date.now();
    const away = Math.max(now - this.#ticked.at, clock - this.#ticked.clock);
    this.#ticked = { at: now, clock };
    if (away > slept) {
      this.#sleeps += 1;
      this.#doubtedAt = Math.min(this.#doubtedAt ?? now, now - away);
      this.hurry();
    }
    if (this.#doubtedAt !== null) this.#waited.value = now - this.#doubtedAt;
  }

  /** The next measurement is due at once. */
  hurry(): void {
    this.#measuredAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * Whether what `ask` asks was answered; true as well while it is too early to ask again. `answered` hears it, unless
   * it comes from before a sleep.
   */
  async measure(
    ask: () => Promise<unknown>,
    answered: (said: unknown, roundTrip: number) => void,
  ): Promise<boolean> {
    const begun = performance.now();
    if (this.#measuring || begun - this.#measuredAt < MEASURE_EVERY) return true;
    this.#measuring = true;
    this.#measuredAt = begun;
    this.#doubtedAt ??= begun;
    const sleeps = this.#sleeps;
    try {
      const said = await ask();
      if (sleeps !== this.#sleeps) return true;
      const roundTrip = performance.now() - begun;
      this.#trust(roundTrip);
      this.#roundTrip.value = roundTrip;
      answered(said, roundTrip);
      return true;
    } catch {
      return false;
    } finally {
      this.#measuring = false;
    }
  }

  /** There is nothing to ask, and an old figure would be a guess. */
  rest(): void {
    this.#roundTrip.value = null;
    this.#trust(0);
  }

  /** The connection is gone, or everything was just told anew: what was doubted before says nothing now. */
  reset(): void {
    this.#trust(0);
  }

  #trust(waited: number): void {
    this.#doubtedAt = null;
    this.#waited.value = waited;
  }
}
