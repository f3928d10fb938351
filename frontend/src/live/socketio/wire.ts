/** The wire over Socket.IO. */

import { io, WebSocket as Transport, XHR } from "socket.io-client";
import { PREFIX } from "../../site/prefix";
import { TOKEN } from "../../site/token";
import type { Wire, WireListener } from "../wire";

declare global {
  interface Window {
    /** The connection that was opened while the script loaded, and what arrived on it. */
    phloemSocket?: { readonly socket: WebSocket; readonly heard: MessageEvent[] } | undefined;
  }
}

/** Takes over the connection that public/socket.js opened, for the first one. */
class EarlySocket extends Transport {
  override createSocket(...options: Parameters<Transport["createSocket"]>): WebSocket {
    const early = window.phloemSocket;
    window.phloemSocket = undefined;
    if (!early || early.socket.readyState > WebSocket.OPEN) return super.createSocket(...options);
    const { socket, heard } = early;
    // Once the transport has set its handlers, which it does before it lets go of the thread.
    queueMicrotask(() => {
      if (socket.readyState === WebSocket.OPEN) socket.onopen?.(new Event("open"));
      for (const message of heard) socket.onmessage?.(message);
    });
    return socket;
  }
}

/** What Socket.IO adds to an error of its polling transport. */
interface TransportError extends Error {
  readonly context?: { readonly status?: number; readonly responseText?: string };
}

/** How long after a refusal it is tried again: it takes a sign-in, in another tab perhaps, to be let in. */
const DENIED_MS = 15_000;

/**
 * How long after a session was unknown for the second time it is tried again. An attempt leaves a request of long-polling
 * behind for ten seconds, and a browser has six connections to a host.
 */
const UNKNOWN_MS = 3_000;

/**
 * Whether a process was asked for a session of which it does not know. Where WebSocket does not get through, the requests
 * of long-polling need the same process each time.
 */
function isOfUnknownSession(error: unknown): boolean {
  const said = (error as TransportError | undefined)?.context?.responseText;
  return typeof said === "string" && said.includes("Invalid session");
}

const OPTIONS = {
  path: `${PREFIX}/socket.io`,
  autoConnect: false,
  transports: [EarlySocket, XHR],
  tryAllTransports: true,
  reconnectionAttempts: Number.POSITIVE_INFINITY,
  reconnectionDelay: 200,
  reconnectionDelayMax: 2000,
  randomizationFactor: 0.5,
  timeout: 10_000,
  ...(TOKEN !== null && { query: { token: TOKEN } }),
};

export function socketIoWire(): Wire {
  const socket = io(OPTIONS);
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let unknowns = 0;
  return {
    get connected() {
      return socket.connected;
    },
    open(listener: WireListener) {
      socket.on("connect", listener.up);
      socket.on("disconnect", (reason, details) => {
        listener.down();
        if (isOfUnknownSession(details)) unknown(listener);
        // After these two Socket.IO does not reconnect by itself.
        if (reason === "io server disconnect" || reason === "io client disconnect") reopen();
      });
      socket.on("connect_error", (error: TransportError) => refused(error, listener));
      addEventListener("focus", tryNow);
      document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "visible") tryNow();
      });
      socket.on("frame", listener.frame);
      socket.on("resync", listener.resync);
      socket.on("status", (content) => {
        unknowns = 0;
        listener.status(content);
      });
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

  function refused(error: TransportError, listener: WireListener): void {
    const status = error.context?.status;
    if (isOfUnknownSession(error)) unknown(listener);
    else if (status === 401 || status === 403) {
      listener.denied();
      waitLong(DENIED_MS);
    } else if (!socket.active) reopen();
  }

  /** Instead of Socket.IO's own attempts, which this ends: they are `reconnectionDelayMax` apart. */
  function waitLong(milliseconds: number): void {
    socket.disconnect();
    clearTimeout(waiting);
    waiting = setTimeout(tryNow, milliseconds);
  }

  /** Ends the long wait after a refusal, if there is one. */
  function tryNow(): void {
    if (waiting === undefined) return;
    clearTimeout(waiting);
    waiting = undefined;
    socket.connect();
  }

  /** Once, it may be a server that has restarted. */
  function unknown(listener: WireListener): void {
    listener.scattered();
    unknowns += 1;
    if (unknowns > 1) waitLong(UNKNOWN_MS);
  }

  function reopen(): void {
    setTimeout(() => socket.connect(), 500 + 1000 * Math.random());
  }
}
