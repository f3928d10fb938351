/**
 * A list that is longer than one view: the newest rows, and pages of older ones for who goes down to
 * them. Each page is a view of its own that begins where the one before it ends, so all of them are live.
 *
 * The newest rows move on with every task that comes. So that none is lost between them and the pages,
 * the first page begins at the top of what is there when one begins to go down. Pages begin at offsets, which
 * count anew in another epoch: then they go.
 */

import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals-core";
import { newestFirst } from "../../../contract/groups";
import type { Epoch, Task } from "../../../contract/messages";

/** Rows and their signals, as a table shows them. */
export interface Rows {
  readonly ids: ReadonlySignal<readonly string[]>;
  task(id: string): ReadonlySignal<Task> | undefined;
}

/** As much of a store as is needed of one view. */
export interface PageRows extends Rows {
  readonly answered: ReadonlySignal<boolean>;
  /** Where the rows that follow begin; null where there are none. */
  readonly next: ReadonlySignal<number | null>;
  /** What the offsets of the rows count in. */
  readonly epoch: ReadonlySignal<Epoch | null>;
}

export interface Opened {
  readonly store: PageRows;
  close(): void;
}

interface Page extends Opened {
  readonly before: number;
  /** What it takes the place of, until it is answered. */
  readonly instead: PageRows | null;
}

/** Pages that are open at once: a server keeps 50 views for one connection. */
export const PAGES_MOST = 20;

/** Milliseconds between two looks at whether pages still meet. */
const MEND_EVERY = 1_000;

interface Merged {
  readonly ids: readonly string[];
  readonly owner: ReadonlyMap<string, Rows>;
}

export class Pages implements Rows {
  readonly #head: PageRows;
  readonly #open: (before: number) => Opened;
  readonly #pages = signal<readonly Page[]>([]);
  readonly #older = computed(() => merge(this.#pages.value.map(shownOf)));
  readonly #all = computed(() => this.#join());
  // Most lists have no pages, and change with every frame.
  readonly #ids = computed(() =>
    this.#pages.value.length ? this.#all.value.ids : this.#head.ids.value,
  );
  #mending: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | undefined;

  /** `open` watches the rows that were first heard of before that offset, the newest of them. */
  constructor(head: PageRows, open: (before: number) => Opened) {
    this.#head = head;
    this.#open = open;
  }

  get ids(): ReadonlySignal<readonly string[]> {
    return this.#ids;
  }

  task(id: string): ReadonlySignal<Task> | undefined {
    const owner = this.#pages.peek().length ? this.#all.peek().owner.get(id) : this.#head;
    return owner?.task(id);
  }

  /** Whether older rows were asked for that are not there yet. */
  get asking(): boolean {
    return this.#pages.value.some(({ store }) => !store.answered.value);
  }

  /** What is there now stays in the list, however many come after it. */
  pin(): void {
    if (this.#pages.peek().length || this.#head.next.peek() === null) return;
    const [newest] = this.#head.ids.peek();
    const task = newest === undefined ? undefined : this.#head.task(newest);
    if (!task) return;
    this.#pages.value = [this.#opened(task.peek().first_offset + 1)];
    const epoch = this.#head.epoch.peek();
    this.#stop = effect(() => {
      if (this.#head.epoch.value === epoch) this.#watchSeams();
      else untracked(() => this.release());
    });
  }

  /** Asks for the rows that follow, if there are any and none are awaited. */
  older(): void {
    this.pin();
    const pages = this.#pages.peek();
    const last = pages.at(-1)?.store;
    if (!last?.answered.peek() || pages.length >= PAGES_MOST) return;
    const next = last.next.peek();
    if (next !== null) this.#pages.value = [...pages, this.#opened(next)];
  }

  /** Nobody is among the rows: the pages go once so many came that the newest rows no longer reach down to them. */
  leave(): void {
    const [first] = this.#pages.peek();
    const end = this.#head.next.peek();
    if (first && end !== null && first.before < end) this.release();
  }

  /** Gives all but the newest rows up. */
  release(): void {
    const pages = this.#pages.peek();
    if (!pages.length) return;
    this.#stop?.();
    clearTimeout(this.#mending);
    this.#mending = undefined;
    this.#pages.value = [];
    for (const page of pages) page.close();
  }

  #opened(before: number, instead: PageRows | null = null): Page {
    return { ...this.#open(before), before, instead };
  }

  #join(): Merged {
    const older = this.#older.value;
    const fresh = this.#head.ids.value.filter((id) => !older.owner.has(id));
    if (!fresh.length) return older;
    const owner = new Map(older.owner);
    for (const id of fresh) owner.set(id, this.#head);
    const [first] = older.ids;
    const last = fresh.at(-1) as string;
    const follows = first === undefined || compare(owner, last, first) < 0;
    const ids = [...fresh, ...older.ids];
    return { ids: follows ? ids : ids.sort((a, b) => compare(owner, a, b)), owner };
  }

  /** A row that comes to fit a page pushes its last one out, which then fits no page. */
  #watchSeams(): void {
    const torn = this.#pages.value.some((_, place, pages) => isTorn(pages, place));
    if (torn) this.#mending ??= setTimeout(() => this.#mend(), MEND_EVERY);
  }

  #mend(): void {
    this.#mending = undefined;
    const pages = this.#pages.peek();
    const torn = pages.findIndex((_, place) => isTorn(pages, place));
    const page = pages[torn];
    const end = pages[torn - 1]?.store.next.peek();
    if (!page || end == null) return;
    page.close();
    this.#pages.value = pages.with(torn, this.#opened(end, shownOf(page)));
  }
}

/** Whether the page at that place begins below the end of the one before it. */
function isTorn(pages: readonly Page[], place: number): boolean {
  const end = pages[place - 1]?.store.next.value;
  const before = pages[place]?.before;
  return end != null && before !== undefined && before < end;
}

function shownOf({ store, instead }: Page): PageRows {
  return instead && !store.answered.value ? instead : store;
}

function merge(all: readonly Rows[]): Merged {
  const owner = new Map<string, Rows>();
  for (const rows of all) {
    for (const id of rows.ids.value) if (!owner.has(id)) owner.set(id, rows);
  }
  return { ids: [...owner.keys()].sort((a, b) => compare(owner, a, b)), owner };
}

function compare(owner: ReadonlyMap<string, Rows>, a: string, b: string): number {
  const [left, right] = [owner.get(a)?.task(a)?.peek(), owner.get(b)?.task(b)?.peek()];
  return left && right ? newestFirst(left, right) : 0;
}
