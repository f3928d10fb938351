/** A board: a small picture of workers, queues, the schedule or the last hour, sent whole or in parts whenever it changes. */

import { type ReadonlySignal, signal } from "@preact/signals-core";
import type { Boards } from "../contract/generated";
import { merged } from "../contract/hour";

/** Names on the wire. `now` is the board of the Activity page. */
export type BoardName = keyof Boards;

export class Board {
  readonly name: BoardName;
  /** When it was current for the last time (`performance.now()`), if nothing has kept it so since. */
  leftAt: number | null = null;
  readonly #picture = signal<unknown>(null);
  readonly #refusal = signal<string | null>(null);

  constructor(name: BoardName) {
    this.name = name;
  }

  /** The last picture; null before the first. */
  get picture(): ReadonlySignal<unknown> {
    return this.#picture;
  }

  /** Why the server refuses this board, in its words; null when it does not. */
  get refusal(): ReadonlySignal<string | null> {
    return this.#refusal;
  }

  /** Takes a whole picture. */
  take(picture: unknown): void {
    this.#refusal.value = null;
    this.#picture.value = picture;
  }

  /** Takes the part of the picture that changed. */
  add(part: unknown): void {
    this.take(merged(this.#picture.value, part));
  }

  refuse(reason: string): void {
    this.#refusal.value = reason;
  }
}
