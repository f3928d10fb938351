/**
 * How long an answer is waited for. A large one takes long over a slow line, and whoever gives it up each time after as
 * long never gets it: so it is waited for twice as long after each time that it did not come.
 */

/** How long an answer is waited for that may hold all rows of a list: 180 kB, over a line of 6 kB/s. */
export const ANSWER_MS = 30_000;

const LONGEST_MS = 120_000;

export class Patience {
  readonly #first: number;
  #milliseconds: number;

  /** `first`: milliseconds of the first time. */
  constructor(first: number) {
    this.#first = first;
    this.#milliseconds = first;
  }

  get milliseconds(): number {
    return this.#milliseconds;
  }

  /** The answer did not come. */
  failed(): void {
    this.#milliseconds = Math.min(2 * this.#milliseconds, LONGEST_MS);
  }

  /** The answer came. */
  answered(): void {
    this.#milliseconds = this.#first;
  }
}
