/** The tasks of the bars on a page. All bars of one server share one connection. */

import { computed, effect, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Task } from "../contract/messages";
import { Clock } from "../live/clock";
import { Connection } from "../live/connection";
import type { Link } from "../live/link";
import { machineTime } from "../live/machine";
import { Store } from "../live/store";
import { elementText as text } from "../text/element";
import { forVisitors, refusalOf } from "./refusal";
import { type Renew, Renewal } from "./renewal";
import { WebSocketWire } from "./wire";

/** What a bar is told. */
export interface Seen {
  /** Null while the server does not know it, or has not answered. */
  readonly task: Task | null;
  readonly answered: boolean;
  /** Why the server refuses to show the task; null when it does not. */
  readonly refusal: string | null;
  readonly link: Link;
  /** The server's time in Unix seconds. */
  readonly now: number;
}

/** How long a connection is kept that no bar uses: pages often replace their bars. */
const IDLE_MS = 10_000;

/** The connection of one server, for one token and those that it is renewed by. */
class Feed {
  readonly #clock = new Clock(machineTime);
  readonly #server: string;
  readonly #wire: WebSocketWire;
  readonly #connection: Connection;
  readonly #renewal: Renewal;
  /** Why the server takes no connection with this token; null while it is not known to refuse it. */
  readonly #refusal = signal<string | null>(null);
  /** Whether the token is not taken any more, so that nothing is tried before there is another. */
  #over = false;
  #task = "";
  #users = 0;
  #opened = false;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(server: string, token: string | null) {
    this.#server = server;
    this.#wire = new WebSocketWire(server, token, () => void this.#find());
    this.#connection = new Connection(this.#wire, this.#clock);
    this.#renewal = new Renewal(
      token,
      () => this.#clock.now(),
      (next) => this.#renewed(next),
      () => {
        if (this.#over) this.#refusal.value = text.ended;
      },
    );
  }

  follow(id: string, renew: Renew | null, show: (seen: Seen) => void): () => void {
    clearTimeout(this.#idle);
    this.#users += 1;
    const without = renew ? this.#renewal.add(renew) : () => {};
    if (this.#over) this.#renewal.refused();
    else if (this.#opened) this.#wire.wake();
    else this.#connection.open();
    this.#opened = true;
    this.#task = id;
    const store = new Store(beforePainting);
    const subscription = this.#connection.watch({ task: id }, store);
    const task: ReadonlySignal<Task | null> = computed(() =>
      store.ids.value.length ? (store.task(id)?.value ?? null) : null,
    );
    const stop = effect(() =>
      show({
        task: task.value,
        answered: store.answered.value,
        refusal: forVisitors(store.refusal.value, store.refusalCode) ?? this.#refusal.value,
        link: this.#connection.link.value,
        now: this.#clock.now(),
      }),
    );
    return () => {
      stop();
      without();
      subscription.close();
      this.#users -= 1;
      if (this.#users === 0) this.#idle = setTimeout(() => this.#wire.rest(), IDLE_MS);
    };
  }

  /** Finds out whether the server refuses the token. It will not take that again, so it waits for another. */
  async #find(): Promise<void> {
    const token = this.#renewal.token;
    if (token === null) return;
    const refusal = await refusalOf(this.#server, token, this.#task);
    if (refusal === null || token !== this.#renewal.token) return;
    this.#over = true;
    this.#wire.rest();
    if (!this.#renewal.refused()) this.#refusal.value = refusal.ended ? text.ended : refusal.text;
  }

  /** The server takes the next token once the connection ends with the one before, and goes on where it was. */
  #renewed(token: string): void {
    this.#wire.token = token;
    this.#over = false;
    this.#refusal.value = null;
    if (this.#users > 0) this.#wire.wake();
  }
}

const feeds = new Map<string, Feed>();

/**
 * Calls `show` with a task, now and whenever it changes, until the function that is returned is called. `renew` gives
 * the token that follows `token`.
 */
export function follow(
  server: string,
  token: string | null,
  id: string,
  renew: Renew | null,
  show: (seen: Seen) => void,
): () => void {
  const key = JSON.stringify([server, token]);
  const feed = feeds.get(key) ?? new Feed(server, token);
  feeds.set(key, feed);
  return feed.follow(id, renew, show);
}

/** Runs `flush` before the next painting; in a hidden tab soon, because events are dispatched there too. */
function beforePainting(flush: () => void): void {
  if (document.hidden) setTimeout(flush, 100);
  else requestAnimationFrame(flush);
}
