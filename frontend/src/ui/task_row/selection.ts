/** The tasks of a list that the user chose, to act on them. */

import { type ReadonlySignal, signal } from "@preact/signals-core";

export class Selection {
  readonly #ids = signal<ReadonlySet<string>>(new Set());
  #last: string | null = null;

  get ids(): ReadonlySignal<ReadonlySet<string>> {
    return this.#ids;
  }

  /** Chooses a task, or removes it from the choice. */
  toggle(id: string): void {
    const ids = new Set(this.#ids.peek());
    if (!ids.delete(id)) ids.add(id);
    this.#last = id;
    this.#ids.value = ids;
  }

  /** Chooses everything from the task chosen last to this one, in the order of the list. */
  reach(id: string, order: readonly string[]): void {
    const from = this.#last === null ? -1 : order.indexOf(this.#last);
    const to = order.indexOf(id);
    if (from < 0 || to < 0) {
      this.toggle(id);
      return;
    }
    const between = order.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.#ids.value = new Set([...this.#ids.peek(), ...between]);
    this.#last = id;
  }

  set(ids: readonly string[]): void {
    this.#ids.value = new Set(ids);
  }
}
