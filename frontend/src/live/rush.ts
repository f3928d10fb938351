/**
 * Whether tasks change faster than what moves comes to rest: a bar would set out again before it arrived, and a colour
 * that fades would be overtaken by the next. Then the page shows what changes without motion, which spares the browser
 * about half of its work and says as much.
 */

import { type ReadonlySignal, signal } from "@preact/signals-core";

/** Changes a second, over the last second or so, from which on nothing moves: three for each row that is in sight. */
export const RUSH_BEGINS = 100;
/** Below which things move again. */
export const RUSH_ENDS = 50;
/** From which on rows give way to others at most ten times a second, as more often is a blur that costs most of a frame. */
export const FLOOD = 500;
const FLOOD_STANDS_MS = 100;

export class Rush {
  readonly #on = signal(false);
  #rate = 0;
  #at = Number.NEGATIVE_INFINITY;

  get on(): ReadonlySignal<boolean> {
    return this.#on;
  }

  /** Milliseconds for which the rows of a list stand before others may take their places. */
  get stands(): number {
    return this.#rate < FLOOD ? 0 : FLOOD_STANDS_MS;
  }

  /** Takes in that so many tasks changed; 0 has it notice that time has passed. `now` is in seconds and only grows. */
  count(changes: number, now: number): void {
    this.#rate = this.#rate * Math.exp(this.#at - now) + changes;
    this.#at = now;
    this.#on.value = this.#rate >= (this.#on.peek() ? RUSH_ENDS : RUSH_BEGINS);
  }
}
