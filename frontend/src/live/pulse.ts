/**
 * The heartbeat of a connection: measures the round trip, and how old what the page shows may be.
 *
 * Messages keep their order, so an answer proves that everything the server had sent before has arrived. While an answer
 * is awaited, and after the machine was asleep, that is in doubt.
 */

import { type ReadonlySignal, signal } from "@preact/signals-core";

/** A timer that is this late means that the machine was asleep. */
export const SLEPT_MS = 3_000;
/** The same for a hidden page: its timers run once a minute although the machine is awake (Chrome 88 and later). */
export const SLEPT_HIDDEN_MS = 65_000;

const MEASURE_EVERY_MS = 5_000;

export class Pulse {
  readonly #roundTrip = signal<number | null>(null);
  readonly #waited = signal(0);
  /** The last tick, on the monotonic counter and on the wall clock. Only the latter goes on while the machine is asleep. */
  #ticked = { at: performance.now(), clock: Date.now() };
  /** Since when it is in doubt whether the page is current; null while it is known to be. */
  #doubtedAt: number | null = null;
  /** Counts the times the machine was asleep: an answer to a question from before says nothing about now. */
  #sleeps = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #measuring = false;

  /** Milliseconds to the server and back; null before the first measurement and while there is nothing to measure with. */
  get roundTrip(): ReadonlySignal<number | null> {
    return this.#roundTrip;
  }

  /** Milliseconds by which the page may be behind. */
  get waited(): ReadonlySignal<number> {
    return this.#waited;
  }

  /** Called by a timer. If the last call was more than `slept` milliseconds ago, everything known before is in doubt. */
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

  /** Makes the next measurement due at once. */
  hurry(): void {
    this.#measuredAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * Measures with the question `ask` if a measurement is due. Resolves with false when the question was not answered.
   * `answered` gets the answer and the round trip in milliseconds, unless the machine was asleep in between.
   */
  async measure(
    ask: () => Promise<unknown>,
    answered: (said: unknown, roundTrip: number) => void,
  ): Promise<boolean> {
    const begun = performance.now();
    if (this.#measuring || begun - this.#measuredAt < MEASURE_EVERY_MS) return true;
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

  /** There is nothing to measure with, and an old figure would be a guess. */
  rest(): void {
    this.#roundTrip.value = null;
    this.#trust(0);
  }

  /** The connection is lost, or everything was just answered anew: earlier doubts are settled. */
  reset(): void {
    this.#trust(0);
  }

  #trust(waited: number): void {
    this.#doubtedAt = null;
    this.#waited.value = waited;
  }
}
