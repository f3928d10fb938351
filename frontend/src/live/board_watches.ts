/** The boards of a connection: asks for each while there is a connection, and hands on the pictures that arrive. */

import { asPicture, asRefusal, type Picture } from "../contract/messages";
import type { Board } from "./board";
import { ANSWER_MS, type Subscription, type Wire } from "./wire";

interface BoardWatch {
  readonly board: Board;
  /** The server's name for it. */
  readonly id: string;
  waiting: boolean;
  /** Whether the server has it open on this connection. */
  open: boolean;
  /**
   * The last picture that arrived before the answer, because it may have overtaken it. One is enough: a part holds
   * everything that the part before it held.
   */
  early: Picture | null;
  /** Counts the questions: tells the answer that is awaited from earlier ones. */
  turn: number;
}

const ASK_AGAIN_MS = 1_000;

/** Called with each answer, null for a refusal, and how many seconds it took. */
type Answered = (picture: Picture | null, roundTrip: number) => void;

export class BoardWatches {
  readonly #wire: Wire;
  readonly #answered: Answered;
  readonly #watches = new Set<BoardWatch>();
  /** How many questions the server has not answered. */
  #asked = 0;

  constructor(wire: Wire, answered: Answered) {
    this.#wire = wire;
    this.#answered = answered;
  }

  get waiting(): boolean {
    return [...this.#watches].some((watch) => watch.waiting);
  }

  /** Whether an answer is under way. */
  get asking(): boolean {
    return this.#asked > 0;
  }

  /** When each was current for the last time that is shown and waits for its answer (`performance.now()`). */
  get left(): readonly number[] {
    return [...this.#watches].flatMap(({ waiting, board }) =>
      waiting && board.leftAt !== null ? [board.leftAt] : [],
    );
  }

  /** The first board that is open, to measure the round trip with. Boards have no offset. */
  get open(): { readonly id: string; readonly offset: number } | undefined {
    const open = [...this.#watches].find((watch) => watch.open);
    return open && { id: open.id, offset: 0 };
  }

  /** Keeps `board` current until closed. */
  add(board: Board): Subscription {
    const watch: BoardWatch = {
      board,
      id: `board:${board.name}`,
      waiting: true,
      open: false,
      early: null,
      turn: 0,
    };
    this.#watches.add(watch);
    void this.#ask(watch);
    return {
      close: () => {
        if (!this.#watches.delete(watch)) return;
        leave(watch);
        if (watch.open && this.#wire.connected) this.#release(watch.id);
      },
    };
  }

  up(): void {
    for (const watch of this.#watches) void this.#ask(watch);
  }

  down(): void {
    for (const watch of this.#watches) {
      leave(watch);
      forget(watch);
    }
  }

  /** The server no longer has this board open: it is asked for again. */
  gone(id: string): void {
    for (const watch of this.#watches) {
      if (watch.id !== id || !watch.open) continue;
      forget(watch);
      void this.#ask(watch);
    }
  }

  /** Takes a picture that arrived. */
  hear(content: unknown): void {
    const picture = asPicture(content);
    if (!picture) return;
    for (const watch of this.#watches) {
      if (watch.id === picture.watch) take(watch, picture);
    }
  }

  async #ask(watch: BoardWatch): Promise<void> {
    watch.turn += 1;
    if (!this.#wire.connected) return;
    const { turn } = watch;
    const askedAt = performance.now();
    let said: unknown;
    this.#asked += 1;
    try {
      said = await this.#wire.ask("watch", { board: watch.board.name }, ANSWER_MS);
    } catch {
      // After a lost connection `up` asks again; here only a slow answer is asked for again.
      if (turn === watch.turn && this.#wire.connected) this.#askAgain(watch);
      return;
    } finally {
      this.#asked -= 1;
    }
    const picture = asPicture(said);
    if (!this.#watches.has(watch)) {
      if (picture) this.#release(picture.watch);
      return;
    }
    if (turn !== watch.turn) return;
    watch.waiting = false;
    if (picture) takeAnswer(watch, picture);
    else {
      const { error, again } = asRefusal(said);
      watch.board.refuse(error);
      if (again) this.#askAgain(watch);
    }
    this.#answered(picture, (performance.now() - askedAt) / 1000);
  }

  #askAgain(watch: BoardWatch): void {
    const { turn } = watch;
    setTimeout(() => {
      if (turn === watch.turn && this.#watches.has(watch)) void this.#ask(watch);
    }, ASK_AGAIN_MS);
  }

  /** The server has one name for all watches of a board, and closing it closes them all. */
  #release(id: string): void {
    if ([...this.#watches].some((watch) => watch.id === id)) return;
    this.#wire.tell("unwatch", { watch: id });
  }
}

/** Nothing keeps its board current any more, if something did. */
function leave({ waiting, open, board }: BoardWatch): void {
  if (!waiting && open) board.leftAt = performance.now();
}

function forget(watch: BoardWatch): void {
  watch.turn += 1;
  watch.waiting = true;
  watch.open = false;
  watch.early = null;
}

/** Pictures arrive in the order in which they were made. Their time does not tell it: the server's clock may be set back. */
function take(watch: BoardWatch, picture: Picture): void {
  if (!watch.open) watch.early = picture;
  if (!picture.part) watch.board.take(picture.board);
  else if (watch.open) watch.board.add(picture.board);
}

/** Only the answer may be older than the picture that arrived before it. */
function takeAnswer(watch: BoardWatch, picture: Picture): void {
  const { early } = watch;
  watch.open = true;
  watch.early = null;
  watch.board.leftAt = null;
  const overtaken = early !== null && (picture.now ?? 0) < (early.now ?? 0);
  if (overtaken && !early.part) return;
  watch.board.take(picture.board);
  if (overtaken) watch.board.add(early.board);
}
