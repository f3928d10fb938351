/**
 * The server's time, as far as it can be known here.
 *
 * Rows carry the server's Unix seconds, and the clock of the reader's machine may be wrong by an
 * hour; so "2 min ago" is counted on the server's clock, learnt from its answers.
 */
export class Clock {
  #ahead = 0;
  #uncertainty = Number.POSITIVE_INFINITY;
  readonly #local: () => number;

  /** `local` is this machine's time in Unix seconds. */
  constructor(local: () => number = () => Date.now() / 1000) {
    this.#local = local;
  }

  /** Unix seconds of the server. */
  now(): number {
    return this.#local() + this.#ahead;
  }

  /**
   * The server said that it was `server` o'clock, `roundTrip` seconds after it was asked. The
   * quickest answer is the most exact one; a clock that jumped is believed at once.
   */
  learn(server: number, roundTrip: number): void {
    const ahead = server + roundTrip / 2 - this.#local();
    const jumped = Math.abs(ahead - this.#ahead) > 1 + roundTrip;
    if (roundTrip > this.#uncertainty && !jumped) return;
    this.#ahead = ahead;
    this.#uncertainty = roundTrip;
  }
}
