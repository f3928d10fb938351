/**
 * Whether tasks change faster than what moves comes to rest: a bar would set out again before it arrived, and a colour
 * that fades would be overtaken by the next. Then the page shows what changes without motion, most of which would not be
 * seen, and would cost the browser more than all else.
 */

import { type ReadonlySignal, signal } from "@preact/signals-core";

/** Changes in the last second or so from which on nothing moves: three of each row that is in sight. */
export const RUSH_BEGINS = 100;
/** Below which things move again. */
export const RUSH_ENDS = 50;
/** Changes from which on rows give way to others at most ten times a second, as more often is a blur that costs most of a frame. */
export const FLOOD = 500;
const FLOOD_STANDS_MS = 100;

/** How fast tasks change. */
export interface Pace {
  /** Told how many tasks changed. */
  count(changes: number): void;
  /** Milliseconds for which the rows of a list stand before others may take their places. */
  readonly stands: number;
}

/** Where nothing is counted, and nothing stands. */
export const CALM: Pace = { count: () => {}, stands: 0 };

export class Rush implements Pace {
  readonly #clock: () => number;
  readonly #on = signal(false);
  #rate = 0;
  #at = Number.NEGATIVE_INFINITY;

  /** `clock` gives seconds, which only grow. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get on(): ReadonlySignal<boolean> {
    return this.#on;
  }

  get stands(): number {
    return this.#rate < FLOOD ? 0 : FLOOD_STANDS_MS;
  }

  /** With 0 changes it notices that time has passed. */
  count(changes: number): void {
    const now = this.#clock();
    this.#rate = this.#rate * Math.exp(this.#at - now) + changes;
    this.#at = now;
    this.#on.value = this.#rate >= (this.#on.peek() ? RUSH_ENDS : RUSH_BEGINS);
  }
}
