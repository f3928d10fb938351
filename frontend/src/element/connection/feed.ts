/** The tasks of the bars and lists on a page. All of one server and one token share one connection. */

import { computed, effect, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Request, Task, Totals } from "../../contract/messages";
import { Connection } from "../../live/connection";
import type { Link } from "../../live/link";
import { Store } from "../../live/store";
import { Clock } from "../../live/time/clock";
import { machineTime } from "../../live/time/machine";
import { WebSocketWire } from "../wire";
import { EXPIRED, type Refusal, refusalOfToken, refusalOfWatch } from "./refusal";
import { type Renew, Renewal } from "./renewal";

/** What a bar or a list is told. */
export interface Seen {
  /** Those that were asked for, the newest first. None while the server knows none, or has not answered. */
  readonly tasks: readonly Task[];
  /** How many tasks there are in each state, whatever states were asked for. */
  readonly totals: Totals;
  readonly answered: boolean;
  /** Why the server refuses to show them; null when it does not. */
  readonly refusal: Refusal | null;
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
  readonly #refusal = signal<Refusal | null>(null);
  /** Whether the token is not taken any more, so that nothing is tried before there is another. */
  #over = false;
  /** One that the server is asked for with a token that it does not take. Any will do. */
  #task = "none";
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
        if (this.#over) this.#refusal.value = EXPIRED;
      },
    );
  }

  follow(request: Request, renew: Renew | null, show: (seen: Seen) => void): () => void {
    clearTimeout(this.#idle);
    this.#users += 1;
    const without = renew ? this.#renewal.add(renew) : () => {};
    if (this.#over) this.#renewal.refused();
    else if (this.#opened) this.#wire.wake();
    else this.#connection.open();
    this.#opened = true;
    if ("task" in request) this.#task = request.task;
    const store = new Store(beforePainting);
    const subscription = this.#connection.watch(request, store);
    const tasks: ReadonlySignal<readonly Task[]> = computed(() =>
      store.ids.value.flatMap((id) => store.task(id)?.value ?? []),
    );
    const stop = effect(() =>
      show({
        tasks: tasks.value,
        totals: store.totals.value,
        answered: store.answered.value,
        refusal: refusalOfWatch(store.refusal.value, store.refusalCode) ?? this.#refusal.value,
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
    const refusal = await refusalOfToken(this.#server, token, this.#task);
    if (refusal === null || token !== this.#renewal.token) return;
    this.#over = true;
    this.#wire.rest();
    if (!this.#renewal.refused()) this.#refusal.value = refusal;
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
 * Calls `show` with the tasks of a request, now and whenever they change, until the function that is returned is called.
 * `renew` gives the token that follows `token`.
 */
export function follow(
  server: string,
  token: string | null,
  request: Request,
  renew: Renew | null,
  show: (seen: Seen) => void,
): () => void {
  const key = JSON.stringify([server, token]);
  const feed = feeds.get(key) ?? new Feed(server, token);
  feeds.set(key, feed);
  return feed.follow(request, renew, show);
}

/** Runs `flush` before the next painting; in a hidden tab soon, because events are dispatched there too. */
function beforePainting(flush: () => void): void {
  if (document.hidden) setTimeout(flush, 100);
  else requestAnimationFrame(flush);
}
