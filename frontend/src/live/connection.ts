/**
 * The one connection of a page: routes what arrives to the watches that want it, and knows how current the page is.
 */

import { type ReadonlySignal, signal } from "@preact/signals-core";
import {
  asFrame,
  asMoment,
  asResync,
  asStatus,
  isRefusal,
  type Request,
} from "../contract/messages";
import type { Board } from "./board";
import { BoardWatches } from "./board_watches";
import { type Link, LinkState } from "./link";
import { Pulse, SLEPT_HIDDEN_MS, SLEPT_MS } from "./pulse";
import type { Store } from "./store";
import { TaskWatches } from "./task_watches";
import type { Clock } from "./time/clock";
import { ANSWER_MS, type Subscription, type Wire } from "./wire";

const TICK_MS = 1_000;
/** Without an acknowledgement for this long the connection is made anew. */
const SILENCE_MS = 8_000;

export class Connection {
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #pulse = new Pulse();
  readonly #link: LinkState;
  readonly #tasks: TaskWatches;
  readonly #boards: BoardWatches;
  readonly #watching = signal<number | null>(null);

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
    this.#link = new LinkState(this.#pulse, () => clock.now());
    this.#tasks = new TaskWatches(wire, {
      answered: ({ now, live, watching }, roundTrip) => {
        this.#learn(now, live, roundTrip);
        this.#count(watching);
      },
      framed: ({ watching, late }) => {
        this.#count(watching);
        this.#link.late(late);
      },
      resynced: (changes) => this.#link.resynced(changes),
      settled: () => this.#settle(),
    });
    this.#boards = new BoardWatches(wire, (picture, roundTrip) => {
      if (picture?.now != null) this.#learn(picture.now, picture.live, roundTrip);
      this.#settle();
    });
  }

  /** How current the page is. */
  get link(): ReadonlySignal<Link> {
    return this.#link.link;
  }

  /** How many viewers the server has; null while unknown. */
  get watching(): ReadonlySignal<number | null> {
    return this.#watching;
  }

  /** What keeps Redis from recording what happens, as a sentence; null while nothing is known to. */
  get trouble(): ReadonlySignal<string | null> {
    return this.#link.trouble;
  }

  /** Which build of the page the server serves; null while unknown. */
  get build(): ReadonlySignal<string | null> {
    return this.#link.build;
  }

  /** Connects. Called once. */
  open(): void {
    this.#wire.open({
      up: () => this.#up(),
      down: () => this.#down(),
      denied: () => this.#link.denied(),
      scattered: () => this.#link.scattered(),
      frame: (content) => this.#tasks.hear(asFrame(content)),
      resync: (content) => this.#tasks.hear(asResync(content)),
      status: (content) => {
        const status = asStatus(content);
        if (status) this.#link.status(status);
      },
      board: (content) => this.#boards.hear(content),
    });
    setInterval(() => this.#tick(SLEPT_MS), TICK_MS);
  }

  /** The page shows what was at `moment` (Unix seconds), until the first answer. */
  shows(moment: number): void {
    this.#link.shows(moment);
  }

  /** Keeps `store` current until closed; a store with a position resumes there. */
  watch(request: Request, store: Store): Subscription {
    return this.#tasks.add(request, store);
  }

  /** Keeps `board` current until closed. */
  board(board: Board): Subscription {
    return this.#boards.add(board);
  }

  /** Finds out at once how current the page is: it became visible, or the browser had stopped it (`slept`). */
  check(slept = false): void {
    this.#pulse.hurry();
    this.#tick(slept ? 0 : SLEPT_HIDDEN_MS);
  }

  #up(): void {
    this.#link.up();
    this.#tasks.up();
    this.#boards.up();
    this.#settle();
  }

  #down(): void {
    this.#boards.down();
    this.#watching.value = null;
    this.#tasks.down();
    this.#link.down();
  }

  /** Once no answer is awaited the page is current, and the server can close what is unused. */
  #settle(): void {
    if (!this.#wire.connected || this.#tasks.waiting || this.#boards.waiting) return;
    this.#link.aged(0);
    this.#link.settled();
    this.#tasks.releaseUnused();
  }

  #learn(now: number | null, live: boolean | null, roundTrip: number): void {
    if (now !== null) this.#clock.learn(now, roundTrip);
    if (live !== null) this.#link.reachesRedis(live);
  }

  #count(watching: number | null): void {
    this.#watching.value = watching ?? this.#watching.peek();
  }

  /** `slept`: a timer later than this many milliseconds means that the machine was asleep. */
  #tick(slept: number): void {
    this.#pulse.tick(slept);
    if (!this.#wire.connected) return;
    this.#tasks.tellSeen();
    const left = [...this.#tasks.left, ...this.#boards.left];
    this.#link.aged(left.length ? performance.now() - Math.min(...left) : 0);
    const open = this.#tasks.open ?? this.#boards.open;
    if (open) void this.#measure(open.id, open.offset);
    else this.#pulse.rest();
  }

  /** Asks for an acknowledged `seen`: measures the round trip, and finds a connection that is dead. */
  async #measure(watch: string, offset: number): Promise<void> {
    // Another answer that is under way comes first.
    const within = this.#tasks.asking || this.#boards.asking ? ANSWER_MS : SILENCE_MS;
    const answered = await this.#pulse.measure(
      () => this.#wire.ask("seen", { watch, offset }, within),
      (said, roundTrip) => {
        if (isRefusal(said)) return this.#gone(watch);
        const moment = asMoment(said);
        if (moment !== null) this.#clock.learn(moment, roundTrip / 1000);
        // Messages keep their order: what was late has arrived. If more is late, the next frame says so.
        this.#link.late(0);
      },
    );
    if (!answered && this.#wire.connected) this.#wire.renew();
  }

  #gone(watch: string): void {
    this.#tasks.gone(watch);
    this.#boards.gone(watch);
  }
}
