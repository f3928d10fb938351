/**
 * An estimate of the server's time. Rows carry the server's Unix seconds, and the clock of the viewer's machine may be
 * wrong by an hour; so ages such as "2 min ago" are counted on the server's clock, learned from its answers.
 */
export class Clock {
  #ahead = 0;
  #uncertainty = Number.POSITIVE_INFINITY;
  readonly #local: () => number;

  /** `local` is this machine's time in Unix seconds. */
  constructor(local: () => number = () => Date.now() / 1000) {
    this.#local = local;
  }

  /** The server's time in Unix seconds. */
  now(): number {
    return this.#local() + this.#ahead;
  }

  /**
   * The server answered with its time `server` (Unix seconds), `roundTrip` seconds after the question. The answer with
   * the shortest round trip is the most exact; a clock that jumped by more than the round trip explains is believed at
   * once.
   */
  learn(server: number, roundTrip: number): void {
    const ahead = server + roundTrip / 2 - this.#local();
    const jumped = Math.abs(ahead - this.#ahead) > 1 + roundTrip;
    if (roundTrip > this.#uncertainty && !jumped) return;
    this.#ahead = ahead;
    this.#uncertainty = roundTrip;
  }
}
