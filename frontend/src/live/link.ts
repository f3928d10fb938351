/** How current the page is: what the connection, the server and Redis let it know. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { Status } from "../contract/messages";
import type { Pulse } from "./pulse";

/**
 * How current the page is at this moment.
 *
 * - connecting: before the first answer.
 * - live: everything shown is the present; `roundTrip` in milliseconds, null before the first measurement.
 * - behind: what is shown may be `by` seconds old. Messages keep their order, so while the server owes an answer
 *   nothing newer than the question is known.
 * - resynced: a gap was closed a moment ago, and brought `changes` tasks that had changed.
 * - reconnecting: no connection since `since`; `denied` when the user has to sign in first, `scattered` when requests
 *   reach several processes in turn and WebSocket does not get through.
 * - stale: the server itself has no Redis since `since`.
 *
 * `since` is in Unix seconds of the server's clock.
 */
export type Link =
  | { readonly kind: "connecting" }
  | { readonly kind: "live"; readonly roundTrip: number | null }
  | { readonly kind: "behind"; readonly by: number }
  | { readonly kind: "resynced"; readonly changes: number }
  | {
      readonly kind: "reconnecting";
      readonly since: number;
      readonly denied: boolean;
      readonly scattered: boolean;
    }
  | { readonly kind: "stale"; readonly since: number };

/** A delay shorter than this is not reported: the link counts as live. */
const BEHIND_MS = 1_000;
/** A page that shows what it brought along waits this long for a connection until that counts as missing. */
const CONNECTING_MS = 5_000;
/** How long `resynced` is shown. */
const RESYNCED_MS = 4_000;

/** Collects what is known about the connection and derives its `Link`. */
export class LinkState {
  readonly link: ReadonlySignal<Link> = computed(() => this.#derive());
  /** Which build of the page the server serves; null while unknown. */
  readonly build: ReadonlySignal<string | null> = computed(() => this.#status.value.build);
  /** What keeps Redis from recording what happens; null while nothing is known to. */
  readonly trouble: ReadonlySignal<string | null> = computed(() => this.#status.value.trouble);

  readonly #pulse: Pulse;
  readonly #now: () => number;
  readonly #lostAt: Signal<number | null>;
  readonly #denied = signal(false);
  /** How often the server did not know the session since the page showed the present. */
  readonly #unknown = signal(0);
  /** Whether the page has ever shown the present, or has waited too long for it. */
  readonly #opened = signal(false);
  readonly #status = signal<Status>({ live: true, since: 0, build: null, trouble: null });
  readonly #resynced = signal<number | null>(null);
  #resyncedTimer: ReturnType<typeof setTimeout> | undefined;
  /** Seconds by which the last frame was old, plus the least time until the next one. */
  readonly #late = signal(0);
  /** Milliseconds since the oldest was current of what is shown and waits for its answer. */
  readonly #age = signal(0);

  /** `now` is the server's time in Unix seconds. */
  constructor(pulse: Pulse, now: () => number) {
    this.#pulse = pulse;
    this.#now = now;
    this.#lostAt = signal<number | null>(now());
  }

  /** The page shows what was at `moment` (Unix seconds), and has not connected yet. */
  shows(moment: number): void {
    this.#lostAt.value = moment;
    setTimeout(() => {
      this.#opened.value = true;
    }, CONNECTING_MS);
  }

  /** The socket is open; whether the page is current is known after the answers. */
  up(): void {
    this.#denied.value = false;
  }

  down(): void {
    this.#pulse.reset();
    this.#late.value = 0;
    this.#age.value = 0;
    this.#lostAt.value ??= this.#now();
  }

  denied(): void {
    this.#denied.value = true;
  }

  /** Once may be a server that has restarted. */
  scattered(): void {
    this.#unknown.value += 1;
  }

  /** Every watch is answered: the page shows the present. */
  settled(): void {
    this.#opened.value = true;
    if (this.#lostAt.peek() !== null) this.#pulse.reset();
    this.#lostAt.value = null;
    this.#unknown.value = 0;
  }

  status(status: Status): void {
    this.#status.value = status;
  }

  /** An answer says whether the server reaches Redis. */
  reachesRedis(live: boolean): void {
    const status = this.#status.peek();
    if (live !== status.live) this.#status.value = { ...status, live, since: this.#now() };
  }

  late(seconds: number): void {
    this.#late.value = seconds;
  }

  /** What is shown from before a watch was opened again, and waits for its answer, is this old; 0 for nothing. */
  aged(milliseconds: number): void {
    this.#age.value = milliseconds;
  }

  /** A watch was asked for again, and its answer brought so many changes. */
  resynced(changes: number): void {
    this.#resynced.value = (this.#resynced.peek() ?? 0) + changes;
    clearTimeout(this.#resyncedTimer);
    this.#resyncedTimer = setTimeout(() => {
      this.#resynced.value = null;
    }, RESYNCED_MS);
  }

  #derive(): Link {
    const lostAt = this.#lostAt.value;
    if (lostAt !== null) {
      const denied = this.#denied.value;
      const scattered = this.#unknown.value > 1;
      return this.#opened.value || denied || scattered
        ? { kind: "reconnecting", since: lostAt, denied, scattered }
        : { kind: "connecting" };
    }
    const status = this.#status.value;
    if (!status.live) return { kind: "stale", since: status.since };
    const changes = this.#resynced.value;
    if (changes !== null) return { kind: "resynced", changes };
    const behind = Math.max(this.#pulse.waited.value, this.#age.value, 1000 * this.#late.value);
    if (behind >= BEHIND_MS) return { kind: "behind", by: behind / 1000 };
    return { kind: "live", roundTrip: this.#pulse.roundTrip.value };
  }
}
