/**
 * The watches of a connection, each a list of tasks or one task with its log: asks for them, takes what arrives, and
 * proves that nothing is missing.
 *
 * Each watch has a store with a position. A frame either fits that position or the watch is asked for again from there;
 * the same happens when the server says `resync`, and after every reconnection. Messages that arrive while an answer is
 * awaited are kept and taken after it, because a frame may overtake the answer it belongs to.
 */

import {
  type Answer,
  asAnswer,
  asRefusal,
  type Frame,
  type Request,
  type Resync,
} from "../contract/messages";
import type { Store } from "./store";
import { ANSWER_MS, type Subscription, type Wire } from "./wire";

/** What a connection learns from its watches. */
export interface WatchListener {
  /** The server answered after `roundTrip` seconds. Called before the store takes the answer. */
  answered(answer: Answer, roundTrip: number): void;
  /** A frame arrived for a watch that is open. */
  framed(frame: Frame): void;
  /** An answer closed a gap and changed so many tasks. */
  resynced(changes: number): void;
  /** A watch no longer waits for its answer, or was closed. */
  settled(): void;
}

interface Watch {
  readonly request: Request;
  readonly store: Store;
  /** The server's name for it, shared by all watches of the same request; null while it is not open. */
  id: string | null;
  /** Counts the questions: tells the answer that is awaited from earlier ones. */
  turn: number;
  waiting: boolean;
  /** Whether it was answered before, so that another answer is a resync. */
  answered: boolean;
  /** When it was last asked for (`performance.now()`). */
  askedAt: number;
  /** Messages that arrived while the answer is awaited. */
  early: (Frame | Resync)[];
  /** The offset that the server was last told of, and when. */
  seen: number;
  seenAt: number;
}

/** A watch is asked for at most this often, whatever the server says. */
const ASK_EVERY_MS = 250;
const SEEN_EVERY_MS = 1_000;
/** Messages kept while an answer is awaited; with more the watch is asked for again. */
const EARLY_LIMIT = 500;

export class TaskWatches {
  readonly #wire: Wire;
  readonly #listener: WatchListener;
  readonly #watches = new Set<Watch>();
  /** Ids that no watch here uses any more. The server is told when no answer is awaited that may bring one back. */
  readonly #unused = new Set<string>();
  /** How many questions the server has not answered, those of watches that were closed meanwhile as well. */
  #asked = 0;

  constructor(wire: Wire, listener: WatchListener) {
    this.#wire = wire;
    this.#listener = listener;
  }

  get waiting(): boolean {
    return [...this.#watches].some((watch) => watch.waiting);
  }

  /** Whether an answer is under way, which may be large. */
  get asking(): boolean {
    return this.#asked > 0;
  }

  /** When each was current for the last time that is shown and waits for its answer (`performance.now()`). */
  get left(): readonly number[] {
    return [...this.#watches].flatMap(({ waiting, store }) =>
      waiting && store.leftAt !== null ? [store.leftAt] : [],
    );
  }

  /** The first watch that is open, to measure the round trip with. */
  get open(): { readonly id: string; readonly offset: number } | undefined {
    const [first] = this.#settled();
    return first && { id: first.id as string, offset: first.store.position?.offset ?? 0 };
  }

  /** Keeps `store` current until closed; a store with a position resumes there. */
  add(request: Request, store: Store): Subscription {
    const watch: Watch = {
      request,
      store,
      id: null,
      turn: 0,
      waiting: true,
      answered: false,
      askedAt: Number.NEGATIVE_INFINITY,
      early: [],
      seen: -1,
      seenAt: Number.NEGATIVE_INFINITY,
    };
    this.#watches.add(watch);
    void this.#ask(watch);
    return { close: () => this.#close(watch) };
  }

  up(): void {
    for (const watch of this.#watches) void this.#ask(watch);
  }

  down(): void {
    this.#unused.clear();
    for (const watch of this.#watches) {
      leave(watch);
      watch.turn += 1;
      watch.waiting = true;
      watch.id = null;
    }
  }

  /** Tells the server which watches it can close. To be called while nothing is waiting. */
  releaseUnused(): void {
    for (const id of this.#unused) {
      if (![...this.#watches].some((watch) => watch.id === id)) {
        this.#wire.tell("unwatch", { watch: id });
      }
    }
    this.#unused.clear();
  }

  /** Takes a frame or a resync that arrived. */
  hear(message: Frame | Resync | null): void {
    if (!message) return;
    for (const watch of this.#watches) {
      if (watch.waiting) {
        if (watch.early.length < EARLY_LIMIT) watch.early.push(message);
      } else if (watch.id === message.watch) {
        if ("put" in message) this.#listener.framed(message);
        if (fits(watch, message)) this.#tellSeen(watch);
        else this.#askAgain(watch);
      }
    }
  }

  /** The server no longer has this watch open: it is asked for again. */
  gone(id: string): void {
    for (const watch of this.#watches) if (watch.id === id && !watch.waiting) this.#askAgain(watch);
  }

  /** Tells the server up to where each watch has seen everything. */
  tellSeen(): void {
    for (const watch of this.#settled()) this.#tellSeen(watch);
  }

  #settled(): Watch[] {
    return [...this.#watches].filter((watch) => !watch.waiting && watch.id !== null);
  }

  async #ask(watch: Watch): Promise<void> {
    watch.turn += 1;
    watch.waiting = true;
    watch.early = [];
    // Without a connection there is nothing to ask: `up` asks for every watch.
    if (!this.#wire.connected) return;
    const { turn } = watch;
    const askedAt = performance.now();
    watch.askedAt = askedAt;
    let said: unknown;
    this.#asked += 1;
    try {
      const content = { ...watch.request, ...resumption(watch.store) };
      said = await this.#wire.ask("watch", content, ANSWER_MS);
    } catch {
      if (turn === watch.turn && this.#wire.connected) this.#askAgain(watch);
      return;
    } finally {
      this.#asked -= 1;
    }
    const roundTrip = (performance.now() - askedAt) / 1000;
    const answer = asAnswer(said);
    if (turn !== watch.turn) {
      if (answer && !this.#watches.has(watch)) this.#release(answer.watch);
    } else if (answer) {
      this.#take(watch, answer, roundTrip);
    } else {
      this.#refused(watch, said);
    }
  }

  #take(watch: Watch, answer: Answer, roundTrip: number): void {
    watch.waiting = false;
    watch.id = answer.watch;
    this.#listener.answered(answer, roundTrip);
    const changes = watch.store.answer(answer);
    watch.store.leftAt = null;
    if (watch.answered) this.#listener.resynced(changes);
    watch.answered = true;
    const early = watch.early.filter((message) => message.watch === watch.id);
    const overflowed = watch.early.length >= EARLY_LIMIT;
    watch.early = [];
    if (overflowed || !early.every((message) => fits(watch, message))) this.#askAgain(watch);
    this.#listener.settled();
  }

  #refused(watch: Watch, said: unknown): void {
    watch.waiting = false;
    watch.id = null;
    const refusal = asRefusal(said);
    if (refusal.again) {
      this.#askAgain(watch);
      return;
    }
    watch.store.refuse(refusal.error, refusal.code);
    this.#listener.settled();
  }

  /** Waits out the rest of the interval, so that a server that always says "again" is not asked in a busy loop. */
  #askAgain(watch: Watch): void {
    watch.turn += 1;
    watch.waiting = true;
    watch.early = [];
    const { turn } = watch;
    const pause = Math.max(0, watch.askedAt + ASK_EVERY_MS - performance.now());
    if (pause === 0) void this.#ask(watch);
    else setTimeout(() => turn === watch.turn && void this.#ask(watch), pause);
  }

  #close(watch: Watch): void {
    if (!this.#watches.delete(watch)) return;
    leave(watch);
    watch.turn += 1;
    if (watch.id === null) {
      this.#listener.settled();
      return;
    }
    this.#release(watch.id);
  }

  #release(id: string): void {
    this.#unused.add(id);
    this.#listener.settled();
  }

  #tellSeen(watch: Watch): void {
    const now = performance.now();
    const offset = watch.store.position?.offset ?? -1;
    if (offset === watch.seen || now - watch.seenAt < SEEN_EVERY_MS) return;
    for (const other of this.#watches) {
      if (other.id !== watch.id) continue;
      other.seen = offset;
      other.seenAt = now;
    }
    this.#wire.tell("seen", { watch: watch.id, offset });
  }
}

/** Nothing keeps its store current any more, if something did. */
function leave({ waiting, id, store }: Watch): void {
  if (!waiting && id !== null) store.leftAt = performance.now();
}

function fits(watch: Watch, message: Frame | Resync): boolean {
  return "put" in message && watch.store.take(message);
}

/** From where a store resumes, and whether older rows were still to come. */
function resumption({ position, unfinished }: Store) {
  return { ...(position && { since: position }), ...(unfinished && { searching: true }) };
}
