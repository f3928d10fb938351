/** The wire over Socket.IO. */

import { io } from "socket.io-client";
import type { Hearing, Wire } from "./connection";

/** What Socket.IO adds to an error of its polling transport. */
interface ConnectError extends Error {
  readonly context?: { readonly status?: number };
}

export function socketWire(): Wire {
  const socket = io({
    autoConnect: false,
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionAttempts: Number.POSITIVE_INFINITY,
    reconnectionDelay: 200,
    reconnectionDelayMax: 2000,
    randomizationFactor: 0.5,
    timeout: 10_000,
  });
  return {
    get connected() {
      return socket.connected;
    },
    open(hearing: Hearing) {
      socket.on("connect", hearing.up);
      socket.on("disconnect", (reason) => {
        hearing.down();
        // Socket.IO takes these two for a wish to be left alone; a page always wants to be live.
        if (reason === "io server disconnect" || reason === "io client disconnect") reopen();
      });
      socket.on("connect_error", (error: ConnectError) => {
        const status = error.context?.status;
        if (status === 401 || status === 403) hearing.denied();
        if (!socket.active) reopen();
      });
      socket.on("frame", hearing.frame);
      socket.on("resync", hearing.resync);
      socket.on("status", hearing.status);
      socket.on("board", hearing.board);
      socket.connect();
    },
    renew() {
      socket.io.engine.close();
    },
    tell(message, content) {
      socket.emit(message, content);
    },
    ask(message, content, within) {
      return socket.timeout(within).emitWithAck(message, content);
    },
  };

  function reopen(): void {
    setTimeout(() => socket.connect(), 500 + 1000 * Math.random());
  }
}
