/** A board: a small picture of more than tasks, sent whenever it changed, whole or in parts. */

import { type ReadonlySignal, signal } from "@preact/signals-core";
import { merged } from "../contract/hour";

export type BoardName = "workers" | "queues" | "schedule" | "now";

export class Board {
  readonly name: BoardName;
  readonly #picture = signal<unknown>(null);
  readonly #refusal = signal<string | null>(null);

  constructor(name: BoardName) {
    this.name = name;
  }

  /** The last picture; null before the first. */
  get picture(): ReadonlySignal<unknown> {
    return this.#picture;
  }

  /** Why the server will not show it, in its words. */
  get refusal(): ReadonlySignal<string | null> {
    return this.#refusal;
  }

  take(picture: unknown): void {
    this.#refusal.value = null;
    this.#picture.value = picture;
  }

  /** What changed of it. */
  add(part: unknown): void {
    this.take(merged(this.#picture.value, part));
  }

  refuse(reason: string): void {
    this.#refusal.value = reason;
  }
}
