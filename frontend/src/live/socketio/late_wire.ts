/** A wire whose script is loaded apart from the page: what is shown first needs no connection. */

import type { Wire, WireListener } from "../wire";

/** How long after a failure the script is loaded again. */
const AGAIN_MS = 2_000;

export function lateWire(load: () => Promise<Wire>): Wire {
  let wire: Wire | undefined;

  async function open(listener: WireListener): Promise<void> {
    try {
      wire = await load();
    } catch (reason) {
      console.warn(reason);
      listener.down();
      setTimeout(() => open(listener), AGAIN_MS);
      return;
    }
    wire.open(listener);
  }

  return {
    get connected() {
      return wire?.connected ?? false;
    },
    open(listener) {
      void open(listener);
    },
    renew() {
      wire?.renew();
    },
    tell(message, content) {
      wire?.tell(message, content);
    },
    ask(message, content, within) {
      return wire
        ? wire.ask(message, content, within)
        : Promise.reject(new Error("There is no connection yet."));
    },
  };
}
