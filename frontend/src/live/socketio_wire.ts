/** The wire over Socket.IO. */

import { io } from "socket.io-client";
import type { Wire, WireListener } from "./wire";

/** What Socket.IO adds to an error of its polling transport. */
interface ConnectError extends Error {
  readonly context?: { readonly status?: number };
}

export function socketIoWire(): Wire {
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
    open(listener: WireListener) {
      socket.on("connect", listener.up);
      socket.on("disconnect", (reason) => {
        listener.down();
        // After these two Socket.IO does not reconnect by itself.
        if (reason === "io server disconnect" || reason === "io client disconnect") reopen();
      });
      socket.on("connect_error", (error: ConnectError) => {
        const status = error.context?.status;
        if (status === 401 || status === 403) listener.denied();
        if (!socket.active) reopen();
      });
      socket.on("frame", listener.frame);
      socket.on("resync", listener.resync);
      socket.on("status", listener.status);
      socket.on("board", listener.board);
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
