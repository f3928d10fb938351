/** One time told to many in turns: to a part of them in each of the next frames. */

import { batch, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";

/** So many frames it takes until all know it: a tenth of what passes until the next second. */
export const TURNS = 6;

export class Turns {
  readonly #told: readonly Signal<number>[];
  #given = 0;
  #running = 0;

  /** `later` runs something before the next painting; `inTurns` says whether all may know at once. */
  constructor(
    time: ReadonlySignal<number>,
    later: (run: () => void) => void,
    inTurns: () => boolean,
  ) {
    this.#told = Array.from({ length: TURNS }, () => signal(time.peek()));
    effect(() => {
      const now = time.value;
      this.#running += 1;
      if (inTurns()) this.#tell(now, 0, this.#running, later);
      else
        batch(() => {
          for (const told of this.#told) told.value = now;
        });
    });
  }

  /** The signal for one more of them. */
  next(): ReadonlySignal<number> {
    this.#given = (this.#given + 1) % TURNS;
    return this.#told[this.#given] as Signal<number>;
  }

  #tell(now: number, turn: number, running: number, later: (run: () => void) => void): void {
    const told = this.#told[turn];
    if (!told || running !== this.#running) return; // another time is being told by now
    told.value = now;
    if (turn + 1 < TURNS) later(() => this.#tell(now, turn + 1, running, later));
  }
}
