/**
 * A list that is longer than one view: its head (the newest rows), and pages of older rows, added as the user scrolls
 * down. Each page is a view of its own that begins where the one before it ends, so all of them are live.
 *
 * The head moves on with every new task. So that no row falls between it and the pages, the first page begins at the top
 * of what is there when scrolling begins. Pages begin at offsets, which have no meaning in another epoch: pages are then
 * dropped.
 */

import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals-core";
import { newestFirst } from "../../../contract/groups";
import type { Epoch, Task } from "../../../contract/messages";

/** Rows and their signals, as the table shows them. */
export interface Rows {
  readonly ids: ReadonlySignal<readonly string[]>;
  task(id: string): ReadonlySignal<Task> | undefined;
}

/** The part of a store that is needed here. */
export interface PageRows extends Rows {
  readonly answered: ReadonlySignal<boolean>;
  /** The `before` of the page that follows; null when there is none. */
  readonly next: ReadonlySignal<number | null>;
  /** The epoch in which `next` counts. */
  readonly epoch: ReadonlySignal<Epoch | null>;
}

/** A view that is open. */
export interface Opened {
  readonly store: PageRows;
  close(): void;
}

interface Page extends Opened {
  readonly before: number;
  /** The page that it replaces, shown until this one is answered. */
  readonly instead: PageRows | null;
}

/** Pages open at the same time: the server allows 50 views per connection. */
export const PAGES_LIMIT = 20;

/** The least time between two repairs of gaps. */
const REPAIR_EVERY_MS = 1_000;

interface Merged {
  readonly ids: readonly string[];
  readonly owner: ReadonlyMap<string, Rows>;
}

export class Pages implements Rows {
  readonly #head: PageRows;
  readonly #open: (before: number) => Opened;
  readonly #whole: boolean;
  readonly #pages = signal<readonly Page[]>([]);
  readonly #older = computed(() => merge(this.#pages.value.map(shownOf)));
  readonly #all = computed(() => this.#join());
  // A shortcut: most lists have no pages, and change with every frame.
  readonly #ids = computed(() =>
    this.#pages.value.length ? this.#all.value.ids : this.#head.ids.value,
  );
  #repairing: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | undefined;

  /**
   * `open` opens a view of the newest rows whose first offset is below `before`. Older ones are not asked for while the
   * head is not `whole`: those that follow it are under way.
   */
  constructor(head: PageRows, open: (before: number) => Opened, whole = true) {
    this.#head = head;
    this.#open = open;
    this.#whole = whole;
  }

  get ids(): ReadonlySignal<readonly string[]> {
    return this.#ids;
  }

  task(id: string): ReadonlySignal<Task> | undefined {
    const owner = this.#pages.peek().length ? this.#all.peek().owner.get(id) : this.#head;
    return owner?.task(id);
  }

  /** Whether a page is not answered yet. */
  get asking(): boolean {
    return this.#pages.value.some(({ store }) => !store.answered.value);
  }

  /** Keeps the rows that are there in the list, however many newer ones arrive. */
  pin(): void {
    if (this.#pages.peek().length || this.#head.next.peek() === null || !this.#whole) return;
    const [newest] = this.#head.ids.peek();
    const task = newest === undefined ? undefined : this.#head.task(newest);
    if (!task) return;
    this.#pages.value = [this.#opened(task.peek().first_offset + 1)];
    const epoch = this.#head.epoch.peek();
    this.#stop = effect(() => {
      if (this.#head.epoch.value === epoch) this.#watchGaps();
      else untracked(() => this.release());
    });
  }

  /** Opens the next page, if there is one and the last is answered. */
  older(): void {
    this.pin();
    const pages = this.#pages.peek();
    const last = pages.at(-1)?.store;
    if (!last?.answered.peek() || pages.length >= PAGES_LIMIT) return;
    const next = last.next.peek();
    if (next !== null) this.#pages.value = [...pages, this.#opened(next)];
  }

  /** The user is not among the rows: closes the pages once the head no longer reaches down to them. */
  leave(): void {
    const [first] = this.#pages.peek();
    const end = this.#head.next.peek();
    if (first && end !== null && first.before < end) this.release();
  }

  /** Closes all pages. */
  release(): void {
    const pages = this.#pages.peek();
    if (!pages.length) return;
    this.#stop?.();
    clearTimeout(this.#repairing);
    this.#repairing = undefined;
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

  /** A row that begins to fit a page pushes the last row of it out, into a gap before the next page. */
  #watchGaps(): void {
    const gap = this.#pages.value.some((_, place, pages) => hasGap(pages, place));
    if (gap) this.#repairing ??= setTimeout(() => this.#repair(), REPAIR_EVERY_MS);
  }

  #repair(): void {
    this.#repairing = undefined;
    const pages = this.#pages.peek();
    const gap = pages.findIndex((_, place) => hasGap(pages, place));
    const page = pages[gap];
    const end = pages[gap - 1]?.store.next.peek();
    if (!page || end == null) return;
    page.close();
    this.#pages.value = pages.with(gap, this.#opened(end, shownOf(page)));
  }
}

/** Whether there is a gap between the page at that index and the one before it. */
function hasGap(pages: readonly Page[], place: number): boolean {
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
