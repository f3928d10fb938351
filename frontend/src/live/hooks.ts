/** The page's one connection, its clock, and what components need of them. */

import { computed, effect, type ReadonlySignal, signal } from "@preact/signals-core";
import { useEffect, useMemo } from "preact/hooks";
import type { Request, Task } from "../contract/messages";
import { Board, type BoardName } from "./board";
import { Clock } from "./clock";
import { Connection, type Watching } from "./connection";
import { machineTime } from "./machine";
import { socketWire } from "./socketio_wire";
import { Store } from "./store";

const clock = new Clock(machineTime);
export const connection = new Connection(socketWire(), clock);

/** A hidden tab paints nothing, but its title and icon move on. */
const HIDDEN_FLUSH = 250;

/** Before the next painting; in a tab that is not painted, soon. */
function beforePainting(flush: () => void): void {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    flush();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, HIDDEN_FLUSH);
}

const ticking = signal(clock.now());

/** The server's time, once a second; it stands still while the page does not show the present. */
export const tick: ReadonlySignal<number> = ticking;

const seconds = signal(clock.now());

/** The same, whatever the connection does. */
export const clockTick: ReadonlySignal<number> = seconds;

/** Whether the page shows the present. */
export const present: ReadonlySignal<boolean> = computed(() => {
  const { kind } = connection.link.value;
  return kind === "live" || kind === "behind" || kind === "resynced";
});

export function startLive(): void {
  connection.open();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") connection.check();
  });
  // The browser had stopped the page to save energy.
  document.addEventListener("resume", () => connection.check(true));
  setInterval(() => {
    seconds.value = clock.now();
    if (present.value) ticking.value = clock.now();
  }, 1000);
  effect(() => {
    if (present.value) ticking.value = clock.now();
  });
}

/** Something that components look at together: watched while there is one. */
interface Watched {
  users: number;
  watching: Watching | null;
}

function useWatched(entry: Watched, watch: () => Watching): void {
  useEffect(() => {
    entry.users += 1;
    entry.watching ??= watch();
    return () => {
      entry.users -= 1;
      if (entry.users > 0) return;
      entry.watching?.close();
      entry.watching = null;
    };
    // The entry stands for what is watched.
  }, [entry]);
}

interface Kept extends Watched {
  readonly store: Store;
}

/** Stores of pages that one may come back to: they are shown at once and resume where they were. */
const kept = new Map<string, Kept>();
const KEPT_MOST = 12;

function keep(key: string): Kept {
  const known = kept.get(key);
  const entry = known ?? { store: new Store(beforePainting), users: 0, watching: null };
  kept.delete(key);
  kept.set(key, entry);
  for (const [old, { users }] of kept) {
    if (kept.size <= KEPT_MOST) break;
    if (users === 0 && old !== key) kept.delete(old);
  }
  return entry;
}

/** Boards that were looked at: the last picture is shown at once, and the next one soon. */
const boards = new Map<BoardName, Watched & { readonly board: Board }>();

/** The board by that name, kept at the present while the component is there. */
export function useBoard(name: BoardName): Board {
  const entry = useMemo(() => {
    const known = boards.get(name) ?? { board: new Board(name), users: 0, watching: null };
    boards.set(name, known);
    return known;
  }, [name]);
  useWatched(entry, () => connection.board(entry.board));
  return entry.board;
}

/** The store of what is asked for, kept at the present while the component is there. */
export function useWatch(request: Request): Store {
  const key = JSON.stringify(request);
  const entry = useMemo(() => keep(key), [key]);
  useWatched(entry, () => connection.watch(request, entry.store));
  return entry.store;
}

/** The store of what is asked for beside what the page shows, kept at the present until closed. */
export function watchBeside(request: Request): { readonly store: Store; close(): void } {
  const store = new Store(beforePainting);
  const watching = connection.watch(request, store);
  return { store, close: () => watching.close() };
}

/** One task beside what the page shows, kept at the present until closed. */
export function follow(id: string): {
  readonly task: ReadonlySignal<Task | undefined>;
  close(): void;
} {
  const { store, close } = watchBeside({ task: id });
  const task = computed(() => (store.ids.value.length ? store.task(id)?.value : undefined));
  return { task, close };
}
