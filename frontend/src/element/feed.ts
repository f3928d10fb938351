/** The tasks of the bars on a page. All bars of one server share one connection. */

import { computed, effect, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Task } from "../contract/messages";
import { Clock } from "../live/clock";
import { Connection } from "../live/connection";
import type { Link } from "../live/link";
import { machineTime } from "../live/machine";
import { Store } from "../live/store";
import { refusalOf } from "./refusal";
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

/** The connection of one server, for one token. */
class Feed {
  readonly #clock = new Clock(machineTime);
  readonly #wire: WebSocketWire;
  readonly #connection: Connection;
  /** Why the server takes no connection with this token; null while it is not known to refuse it. */
  readonly #refusal = signal<string | null>(null);
  #task = "";
  #users = 0;
  #opened = false;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(server: string, token: string | null) {
    this.#wire = new WebSocketWire(server, token, () => {
      if (token !== null) void this.#find(server, token);
    });
    this.#connection = new Connection(this.#wire, this.#clock);
  }

  follow(id: string, show: (seen: Seen) => void): () => void {
    clearTimeout(this.#idle);
    this.#users += 1;
    if (this.#opened) this.#wire.wake();
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
        refusal: store.refusal.value ?? this.#refusal.value,
        link: this.#connection.link.value,
        now: this.#clock.now(),
      }),
    );
    return () => {
      stop();
      subscription.close();
      this.#users -= 1;
      if (this.#users === 0) this.#idle = setTimeout(() => this.#wire.rest(), IDLE_MS);
    };
  }

  /** Finds out whether the server refuses the token. It will not take that again, so nothing is tried any more. */
  async #find(server: string, token: string): Promise<void> {
    const refusal = await refusalOf(server, token, this.#task);
    if (refusal === null) return;
    this.#refusal.value = refusal;
    this.#wire.rest();
  }
}

const feeds = new Map<string, Feed>();

/** Calls `show` with a task, now and whenever it changes, until the function that is returned is called. */
export function follow(
  server: string,
  token: string | null,
  id: string,
  show: (seen: Seen) => void,
): () => void {
  const key = JSON.stringify([server, token]);
  const feed = feeds.get(key) ?? new Feed(server, token);
  feeds.set(key, feed);
  return feed.follow(id, show);
}

/** Runs `flush` before the next painting; in a hidden tab soon, because events are dispatched there too. */
function beforePainting(flush: () => void): void {
  if (document.hidden) setTimeout(flush, 100);
  else requestAnimationFrame(flush);
}
