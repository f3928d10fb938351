/** The page's one connection and its clock, and the hooks by which components use them. */

import { computed, effect, type ReadonlySignal, signal } from "@preact/signals-core";
import { useEffect, useMemo } from "preact/hooks";
import type { Request, Task } from "../contract/messages";
import { Board, type BoardName } from "./board";
import { Connection } from "./connection";
import { broughtAlong, isOfAll } from "./first_rows";
import { Rush } from "./rush";
import { lateWire } from "./socketio/late_wire";
import { Store } from "./store";
import { Clock } from "./time/clock";
import { machineTime } from "./time/machine";
import { Turns } from "./time/turns";
import type { Subscription } from "./wire";

const clock = new Clock(machineTime);
const wire = lateWire(async () => (await import("./socketio/wire")).socketIoWire());
export const connection = new Connection(wire, clock);

/** What the page brought along, until a list has taken it. */
let firstRows = broughtAlong();
if (firstRows) {
  // The server told its time at some moment since the page was asked for.
  clock.learn(firstRows.now, performance.now() / 1000);
  connection.shows(firstRows.now);
}

/** A hidden tab is not painted, but its title and icon follow its tasks at least this often. */
const HIDDEN_FLUSH_MS = 250;

/** Runs `flush` before the next painting; in a tab that is not painted, soon. */
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
  const timer = setTimeout(once, HIDDEN_FLUSH_MS);
}

const rush = new Rush(() => performance.now() / 1000);

/** Whether so much changes that nothing is to move. */
export const rushing: ReadonlySignal<boolean> = rush.on;

const presentTime = signal(clock.now());

/** The server's time in Unix seconds, once a second; it stands still while the page is not current. */
export const tick: ReadonlySignal<number> = presentTime;

const turns = new Turns(presentTime, beforePainting, () => rush.on.peek());

/** The same for one of many rows: while much changes they do not all show it in the same frame, which would be long. */
export function useTurn(): ReadonlySignal<number> {
  return useMemo(() => turns.next(), []);
}

const time = signal(clock.now());

/** The server's time in Unix seconds, once a second, whatever the connection does. */
export const clockTick: ReadonlySignal<number> = time;

/** Whether the page is current. */
export const present: ReadonlySignal<boolean> = computed(() => {
  const { kind } = connection.link.value;
  return kind === "live" || kind === "behind" || kind === "resynced";
});

/** Connects. Called once, when the page starts. */
export function startLive(): void {
  connection.open();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") connection.check();
  });
  // The browser had frozen the page to save energy (Page Lifecycle API).
  document.addEventListener("resume", () => connection.check(true));
  setInterval(() => {
    time.value = clock.now();
    rush.count(0);
    if (present.value) presentTime.value = clock.now();
  }, 1000);
  effect(() => {
    if (present.value) presentTime.value = clock.now();
  });
}

/** A subscription shared by components: open while at least one uses it. */
interface Shared {
  users: number;
  subscription: Subscription | null;
}

function useShared(entry: Shared, subscribe: () => Subscription): void {
  useEffect(() => {
    entry.users += 1;
    entry.subscription ??= subscribe();
    return () => {
      entry.users -= 1;
      if (entry.users > 0) return;
      entry.subscription?.close();
      entry.subscription = null;
    };
    // An entry always stands for the same request.
  }, [entry]);
}

interface SharedStore extends Shared {
  readonly store: Store;
}

/** Stores by request. Those of pages left a while ago are kept: on return they are shown at once and resume. */
const stores = new Map<string, SharedStore>();
const STORES_LIMIT = 12;

function storeFor(key: string, request: Request): SharedStore {
  const known = stores.get(key);
  const entry = known ?? { store: new Store(beforePainting, rush), users: 0, subscription: null };
  if (firstRows && isOfAll(request)) {
    entry.store.show(firstRows);
    firstRows = null;
  }
  stores.delete(key);
  stores.set(key, entry);
  for (const [old, { users }] of stores) {
    if (stores.size <= STORES_LIMIT) break;
    if (users === 0 && old !== key) stores.delete(old);
  }
  return entry;
}

/** Boards by name. Their last picture is kept: on return it is shown until the next one arrives. */
const boards = new Map<BoardName, Shared & { readonly board: Board }>();

/** The board of that name, kept current while the component is mounted. */
export function useBoard(name: BoardName): Board {
  const entry = useMemo(() => {
    const known = boards.get(name) ?? { board: new Board(name), users: 0, subscription: null };
    boards.set(name, known);
    return known;
  }, [name]);
  useShared(entry, () => connection.board(entry.board));
  return entry.board;
}

/** The store of a request, kept current while the component is mounted. */
export function useWatch(request: Request): Store {
  const key = JSON.stringify(request);
  const entry = useMemo(() => storeFor(key, request), [key]);
  useShared(entry, () => connection.watch(request, entry.store));
  return entry.store;
}

/** A store of its own for a request, kept current until closed. It mostly has tasks of another one, which count once. */
export function watchBeside(request: Request): { readonly store: Store } & Subscription {
  const store = new Store(beforePainting);
  const subscription = connection.watch(request, store);
  return { store, close: () => subscription.close() };
}

/** One task, kept current until closed; undefined while the server does not know it. */
export function follow(
  id: string,
): { readonly task: ReadonlySignal<Task | undefined> } & Subscription {
  const { store, close } = watchBeside({ task: id });
  const task = computed(() => (store.ids.value.length ? store.task(id)?.value : undefined));
  return { task, close };
}
