/**
 * The one connection of a page: asks for what is watched, hands on what comes, and proves that
 * nothing is missing.
 *
 * Each watch is a store with a position. A frame either fits that position or the watch is asked
 * for again from there; the same happens when the server says `resync` and after every
 * reconnection. Whatever comes while an answer is awaited is kept and taken after it, because a
 * frame may overtake the answer that it belongs to.
 */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import {
  asAnswer,
  asFrame,
  asMoment,
  asRefusal,
  asResync,
  asStatus,
  type Frame,
  isRefusal,
  type Request,
  type Resync,
  type Status,
} from "../contract/messages";
import type { Board } from "./board";
import { Boards } from "./board_watches";
import type { Clock } from "./clock";
import { Pulse, SLEPT, SLEPT_HIDDEN } from "./pulse";
import type { Store } from "./store";

/** The messages of a socket, and no more of it: Socket.IO behind it, or a test. */
export interface Wire {
  readonly connected: boolean;
  open(hearing: Hearing): void;
  /** Gives the connection up and makes a new one. */
  renew(): void;
  tell(message: string, content: unknown): void;
  /** Rejects when there is no answer within so many milliseconds, or the connection is lost. */
  ask(message: string, content: unknown, within: number): Promise<unknown>;
}

export interface Hearing {
  up(): void;
  down(): void;
  /** The server wants to know first who this is. */
  denied(): void;
  frame(content: unknown): void;
  resync(content: unknown): void;
  status(content: unknown): void;
  board(content: unknown): void;
}

/**
 * How true the page is at this moment. `since` is Unix seconds of the server, `roundTrip` milliseconds. Messages
 * keep their order, so while the server owes an answer for `by` seconds nothing newer than that is known.
 */
export type Link =
  | { readonly kind: "connecting" }
  | { readonly kind: "live"; readonly roundTrip: number | null }
  | { readonly kind: "behind"; readonly by: number }
  | { readonly kind: "resynced"; readonly changes: number }
  | { readonly kind: "reconnecting"; readonly since: number; readonly denied: boolean }
  | { readonly kind: "stale"; readonly since: number };

export interface Watching {
  close(): void;
}

interface Watch {
  readonly request: Request;
  readonly store: Store;
  /** The server's name for it, shared by all who ask for the same. */
  id: string | null;
  /** Tells the answer that is awaited from those that nobody waits for any more. */
  turn: number;
  waiting: boolean;
  /** Whether it was shown before, so that another answer is a resync. */
  answered: boolean;
  askedAt: number;
  early: (Frame | Resync)[];
  seen: number;
  seenAt: number;
}

const ANSWER_WITHIN = 10_000;
/** A watch is asked for again at most this often, whatever the server says. */
const ASK_EVERY = 250;
const SEEN_EVERY = 1_000;
/** No acknowledgement for so long means that nobody is at the other end. */
const SILENCE = 8_000;
/** A round trip longer than this is worth saying: the page is behind by as much. */
const BEHIND = 1_000;
const SAY_RESYNCED = 4_000;
const EARLY_MOST = 500;

export class Connection {
  readonly link: ReadonlySignal<Link>;

  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #boards: Boards;
  readonly #watches = new Set<Watch>();
  /** Names that no watch here uses any more, to be told when no answer is awaited. */
  readonly #unused = new Set<string>();

  readonly #lostAt: Signal<number | null>;
  readonly #denied = signal(false);
  readonly #opened = signal(false);
  readonly #status = signal<Status>({ live: true, since: 0, build: null });
  readonly #build = computed(() => this.#status.value.build);
  readonly #resynced = signal<number | null>(null);
  readonly #pulse = new Pulse();
  /** Seconds that what the last frame told was old, or that the server means to wait with the next. */
  readonly #late = signal(0);
  readonly #watching = signal<number | null>(null);
  #resyncedTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
    this.#lostAt = signal<number | null>(clock.now());
    this.#boards = new Boards(wire, (picture, roundTrip) => {
      if (picture?.now != null) this.#learn(picture.now, picture.live, roundTrip);
      this.#settle();
    });
    this.link = computed(() => this.#judge());
  }

  open(): void {
    this.#wire.open({
      up: () => this.#up(),
      down: () => this.#down(),
      denied: () => {
        this.#denied.value = true;
      },
      frame: (content) => this.#hear(asFrame(content)),
      resync: (content) => this.#hear(asResync(content)),
      status: (content) => {
        const status = asStatus(content);
        if (status) this.#status.value = status;
      },
      board: (content) => this.#boards.hear(content),
    });
    setInterval(() => this.#tick(), SEEN_EVERY);
  }

  /** Keeps `store` at the present of `request` until closed; a store with a position resumes there. */
  watch(request: Request, store: Store): Watching {
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

  /** Keeps `board` at the present until closed. */
  board(board: Board): Watching {
    return this.#boards.watch(board);
  }

  /** How many look at this server's pages, where it tells. */
  get watching(): ReadonlySignal<number | null> {
    return this.#watching;
  }

  /** Which build of the page the server hands out; null where it does not tell. */
  get build(): ReadonlySignal<string | null> {
    return this.#build;
  }

  /** Finds out at once how true the page is: somebody begins to look at it, or it `slept`. */
  check(slept = false): void {
    this.#pulse.hurry();
    this.#tick(slept ? 0 : SLEPT_HIDDEN);
  }

  #judge(): Link {
    const lostAt = this.#lostAt.value;
    if (lostAt !== null) {
      const denied = this.#denied.value;
      return this.#opened.value || denied
        ? { kind: "reconnecting", since: lostAt, denied }
        : { kind: "connecting" };
    }
    const status = this.#status.value;
    if (!status.live) return { kind: "stale", since: status.since };
    const changes = this.#resynced.value;
    if (changes !== null) return { kind: "resynced", changes };
    const behind = Math.max(this.#pulse.waited.value, 1000 * this.#late.value);
    if (behind >= BEHIND) return { kind: "behind", by: behind / 1000 };
    return { kind: "live", roundTrip: this.#pulse.roundTrip.value };
  }

  #up(): void {
    this.#denied.value = false;
    for (const watch of this.#watches) void this.#ask(watch);
    this.#boards.up();
    this.#settle();
  }

  #down(): void {
    this.#unused.clear();
    this.#boards.down();
    this.#pulse.reset();
    this.#late.value = 0;
    this.#watching.value = null;
    for (const watch of this.#watches) {
      watch.turn += 1;
      watch.waiting = true;
      watch.id = null;
    }
    this.#lostAt.value ??= this.#clock.now();
  }

  /** Once nothing is awaited the page shows the present again, and unused names can be told. */
  #settle(): void {
    if (!this.#wire.connected || [...this.#watches].some((watch) => watch.waiting)) return;
    if (this.#boards.waiting) return;
    this.#opened.value = true;
    if (this.#lostAt.peek() !== null) this.#pulse.reset();
    this.#lostAt.value = null;
    for (const id of this.#unused) {
      if (![...this.#watches].some((watch) => watch.id === id)) {
        this.#wire.tell("unwatch", { watch: id });
      }
    }
    this.#unused.clear();
  }

  async #ask(watch: Watch): Promise<void> {
    watch.turn += 1;
    watch.waiting = true;
    watch.early = [];
    // Without a connection nothing is said: `up` asks for everything.
    if (!this.#wire.connected) return;
    const { turn } = watch;
    const askedAt = performance.now();
    watch.askedAt = askedAt;
    let said: unknown;
    try {
      const content = { ...watch.request, ...been(watch.store) };
      said = await this.#wire.ask("watch", content, ANSWER_WITHIN);
    } catch {
      if (turn === watch.turn && this.#wire.connected) this.#askAgain(watch);
      return;
    }
    const roundTrip = (performance.now() - askedAt) / 1000;
    const answer = asAnswer(said);
    if (turn !== watch.turn) {
      if (answer && !this.#watches.has(watch)) this.#release(answer.watch);
      return;
    }
    watch.waiting = false;
    if (!answer) {
      watch.id = null;
      const refusal = asRefusal(said);
      if (refusal.again) return this.#askAgain(watch);
      watch.store.refuse(refusal.error);
      this.#settle();
      return;
    }
    watch.id = answer.watch;
    this.#learn(answer.now, answer.live, roundTrip);
    this.#watching.value = answer.watching ?? this.#watching.peek();
    const changes = watch.store.answer(answer);
    if (watch.answered) this.#sayResynced(changes);
    watch.answered = true;
    const early = watch.early.filter((message) => message.watch === watch.id);
    const overflowed = watch.early.length >= EARLY_MOST;
    watch.early = [];
    if (overflowed || !early.every((message) => this.#fits(watch, message))) this.#askAgain(watch);
    this.#settle();
  }

  #learn(now: number | null, live: boolean | null, roundTrip: number): void {
    if (now !== null) this.#clock.learn(now, roundTrip);
    if (live !== null && live !== this.#status.peek().live) {
      this.#status.value = { ...this.#status.peek(), live, since: this.#clock.now() };
    }
  }

  /** A server that always says "again" is asked four times a second, not in a circle. */
  #askAgain(watch: Watch): void {
    watch.turn += 1;
    watch.waiting = true;
    watch.early = [];
    const { turn } = watch;
    const pause = Math.max(0, watch.askedAt + ASK_EVERY - performance.now());
    if (pause === 0) void this.#ask(watch);
    else setTimeout(() => turn === watch.turn && void this.#ask(watch), pause);
  }

  #fits(watch: Watch, message: Frame | Resync): boolean {
    return "put" in message && watch.store.take(message);
  }

  #hear(message: Frame | Resync | null): void {
    if (!message) return;
    for (const watch of this.#watches) {
      if (watch.waiting) {
        if (watch.early.length < EARLY_MOST) watch.early.push(message);
      } else if (watch.id === message.watch) {
        if ("put" in message) {
          this.#watching.value = message.watching ?? this.#watching.peek();
          this.#late.value = message.late;
        }
        if (this.#fits(watch, message)) this.#saySeen(watch);
        else this.#askAgain(watch);
      }
    }
  }

  #close(watch: Watch): void {
    if (!this.#watches.delete(watch)) return;
    watch.turn += 1;
    if (watch.id !== null) this.#release(watch.id);
    else this.#settle();
  }

  #release(id: string): void {
    this.#unused.add(id);
    this.#settle();
  }

  #saySeen(watch: Watch): void {
    const now = performance.now();
    const offset = watch.store.position?.offset ?? -1;
    if (offset === watch.seen || now - watch.seenAt < SEEN_EVERY) return;
    for (const other of this.#watches) {
      if (other.id !== watch.id) continue;
      other.seen = offset;
      other.seenAt = now;
    }
    this.#wire.tell("seen", { watch: watch.id, offset });
  }

  #tick(slept = SLEPT): void {
    this.#pulse.tick(slept);
    if (!this.#wire.connected) return;
    const settled = [...this.#watches].filter((watch) => !watch.waiting && watch.id !== null);
    for (const watch of settled) this.#saySeen(watch);
    const [first = this.#boards.settled] = settled;
    if (first) void this.#measure(first.id, first.store?.position?.offset ?? 0);
    else this.#pulse.rest();
  }

  /** An acknowledged `seen`: how far away the server is, and whether it is there at all. */
  async #measure(watch: string | null, offset: number): Promise<void> {
    const answered = await this.#pulse.measure(
      () => this.#wire.ask("seen", { watch, offset }, SILENCE),
      (said, roundTrip) => {
        if (isRefusal(said)) return this.#gone(watch);
        const moment = asMoment(said);
        if (moment !== null) this.#clock.learn(moment, roundTrip / 1000);
        // What was late has come; if more is, the next frame says so.
        this.#late.value = 0;
      },
    );
    if (!answered && this.#wire.connected) this.#wire.renew();
  }

  /** The server says that it does not show this any more: it is asked for again. */
  #gone(id: string | null): void {
    if (id === null) return;
    for (const watch of this.#watches) if (watch.id === id && !watch.waiting) this.#askAgain(watch);
    this.#boards.gone(id);
  }

  #sayResynced(changes: number): void {
    this.#resynced.value = (this.#resynced.peek() ?? 0) + changes;
    clearTimeout(this.#resyncedTimer);
    this.#resyncedTimer = setTimeout(() => {
      this.#resynced.value = null;
    }, SAY_RESYNCED);
  }
}

/** Where a store has been, and whether it did not show all there was. */
function been({ position, unfinished }: Store) {
  return { ...(position && { since: position }), ...(unfinished && { searching: true }) };
}
