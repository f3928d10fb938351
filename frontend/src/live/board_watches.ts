/** The boards of a connection: asks for each when there is a connection, and hands on what comes. */

import { asPicture, asRefusal, type Picture } from "../contract/messages";
import type { Board } from "./board";
import type { Watching, Wire } from "./connection";

interface Watch {
  readonly board: Board;
  /** The server's name for it. */
  readonly id: string;
  waiting: boolean;
  /** Whether the server shows it on this connection. */
  open: boolean;
  /** The last picture that came before the answer: it may have overtaken it. A part holds what the one before it did. */
  early: Picture | null;
  readonly store?: undefined;
}

const ANSWER_WITHIN = 15_000;
const AGAIN = 1_000;

/** Tells of an answer, null for a refusal, and how many seconds it took. */
type Answered = (picture: Picture | null, roundTrip: number) => void;

export class Boards {
  readonly #wire: Wire;
  readonly #answered: Answered;
  readonly #watches = new Set<Watch>();

  constructor(wire: Wire, answered: Answered) {
    this.#wire = wire;
    this.#answered = answered;
  }

  get waiting(): boolean {
    return [...this.#watches].some((watch) => watch.waiting);
  }

  /** One that is open, to measure with. */
  get settled(): Watch | undefined {
    return [...this.#watches].find((watch) => watch.open);
  }

  watch(board: Board): Watching {
    const watch: Watch = {
      board,
      id: `board:${board.name}`,
      waiting: true,
      open: false,
      early: null,
    };
    this.#watches.add(watch);
    void this.#ask(watch);
    return {
      close: () => {
        this.#watches.delete(watch);
        if (watch.open && this.#wire.connected) this.#release(watch.id);
      },
    };
  }

  up(): void {
    for (const watch of this.#watches) void this.#ask(watch);
  }

  down(): void {
    for (const watch of this.#watches) forget(watch);
  }

  /** The server does not show it any more: it is asked for again. */
  gone(id: string): void {
    for (const watch of this.#watches) {
      if (watch.id !== id || !watch.open) continue;
      forget(watch);
      void this.#ask(watch);
    }
  }

  hear(content: unknown): void {
    const picture = asPicture(content);
    if (!picture) return;
    for (const watch of this.#watches) {
      if (watch.id === picture.watch) take(watch, picture);
    }
  }

  async #ask(watch: Watch): Promise<void> {
    if (!this.#wire.connected) return;
    const askedAt = performance.now();
    let said: unknown;
    try {
      said = await this.#wire.ask("watch", { board: watch.board.name }, ANSWER_WITHIN);
    } catch {
      // A lost connection asks by itself when it is back; a slow answer is asked for again.
      if (this.#wire.connected)
        setTimeout(() => this.#watches.has(watch) && void this.#ask(watch), AGAIN);
      return;
    }
    const picture = asPicture(said);
    if (!this.#watches.has(watch)) {
      if (picture) this.#release(picture.watch);
      return;
    }
    watch.waiting = false;
    if (picture) answer(watch, picture);
    else watch.board.refuse(asRefusal(said).error);
    this.#answered(picture, (performance.now() - askedAt) / 1000);
  }

  /** The server has one name for all that show the same, and closes it for all of them. */
  #release(id: string): void {
    if ([...this.#watches].some((watch) => watch.id === id)) return;
    this.#wire.tell("unwatch", { watch: id });
  }
}

function forget(watch: Watch): void {
  watch.waiting = true;
  watch.open = false;
  watch.early = null;
}

/** Pictures come in the order in which they were made, whatever the server's clock says: it may be set back. */
function take(watch: Watch, picture: Picture): void {
  if (!watch.open) watch.early = picture;
  if (!picture.part) watch.board.take(picture.board);
  else if (watch.open) watch.board.add(picture.board);
}

/** Only the answer may be older than what came before it. */
function answer(watch: Watch, picture: Picture): void {
  const { early } = watch;
  watch.open = true;
  watch.early = null;
  const overtaken = early !== null && (picture.now ?? 0) < (early.now ?? 0);
  if (overtaken && !early.part) return;
  watch.board.take(picture.board);
  if (overtaken) watch.board.add(early.board);
}
