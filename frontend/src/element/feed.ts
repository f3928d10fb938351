/** Tasks for the bars of a page: all bars of one server share one connection. */

import { computed, effect, type ReadonlySignal } from "@preact/signals-core";
import type { Task } from "../contract/messages";
import { Clock } from "../live/clock";
import { Connection } from "../live/connection";
import type { Link } from "../live/link";
import { machineTime } from "../live/machine";
import { Store } from "../live/store";
import { type RestingWire, webSocketWire } from "./websocket_wire";

/** What a bar can know: no task yet, or none by that id; and whether it is the present. */
export interface Seen {
  readonly task: Task | null;
  readonly answered: boolean;
  readonly refusal: string | null;
  readonly link: Link;
  /** Unix seconds, of the server. */
  readonly now: number;
}

/** Milliseconds for which a connection that no bar needs is kept: a page often replaces its bars. */
const KEPT = 10_000;

class Line {
  readonly #clock = new Clock(machineTime);
  readonly #wire: RestingWire;
  readonly #connection: Connection;
  #users = 0;
  #opened = false;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  constructor(server: string, token: string | null) {
    this.#wire = webSocketWire(server, token);
    this.#connection = new Connection(this.#wire, this.#clock);
  }

  follow(id: string, show: (seen: Seen) => void): () => void {
    clearTimeout(this.#leaving);
    this.#users += 1;
    if (this.#opened) this.#wire.wake();
    else this.#connection.open();
    this.#opened = true;
    const store = new Store(beforePainting);
    const watching = this.#connection.watch({ task: id }, store);
    const task: ReadonlySignal<Task | null> = computed(() =>
      store.ids.value.length ? (store.task(id)?.value ?? null) : null,
    );
    const stop = effect(() =>
      show({
        task: task.value,
        answered: store.answered.value,
        refusal: store.refusal.value,
        link: this.#connection.link.value,
        now: this.#clock.now(),
      }),
    );
    return () => {
      stop();
      watching.close();
      this.#users -= 1;
      if (this.#users === 0) this.#leaving = setTimeout(() => this.#wire.rest(), KEPT);
    };
  }
}

const lines = new Map<string, Line>();

/** Calls `show` with what is known of a task now and whenever that changes, until it is stopped. */
export function follow(
  server: string,
  token: string | null,
  id: string,
  show: (seen: Seen) => void,
): () => void {
  const key = JSON.stringify([server, token]);
  const line = lines.get(key) ?? new Line(server, token);
  lines.set(key, line);
  return line.follow(id, show);
}

/** Before the next painting; in a tab that is not painted, soon: events are due there as well. */
function beforePainting(flush: () => void): void {
  if (document.hidden) setTimeout(flush, 100);
  else requestAnimationFrame(flush);
}
