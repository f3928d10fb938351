/**
 * The wire of an embedded bar: Socket.IO's messages over a plain WebSocket.
 *
 * The library weighs three times as much as all the rest of the bar, most of it for what nothing
 * here uses: long-polling, binary messages, namespaces. What is left is the text form of Engine.IO 4
 * and Socket.IO 5 (https://socket.io/docs/v4/socket-io-protocol/).
 */

import type { Wire, WireListener } from "../live/wire";

/** Milliseconds until the first attempt to come back; twice as long each time, up to the longest. */
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 5000;

/** A server that does not answer for so long is not there. */
const PATIENCE = 10_000;

/** A wire that can be left alone while nobody needs it. */
export interface RestingWire extends Wire {
  rest(): void;
  wake(): void;
}

interface Awaited {
  readonly resolve: (said: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** `server` is the address of Phloem, `token` what it is told of who asks. */
export function webSocketWire(server: string, token: string | null): RestingWire {
  const address = new URL("socket.io/?EIO=4&transport=websocket", server.replace(/\/*$/, "/"));
  address.protocol = address.protocol.replace("http", "ws");

  let hearing: WireListener | null = null;
  let socket: WebSocket | null = null;
  let connected = false;
  let resting = false;
  let tries = 0;
  let lastId = 0;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let patience = PATIENCE;
  const awaited = new Map<number, Awaited>();

  function dial(): void {
    const mine = new WebSocket(address);
    socket = mine;
    listen();
    mine.onmessage = ({ data }) => {
      if (mine === socket && typeof data === "string") hear(mine, data);
    };
    mine.onclose = () => {
      if (mine === socket) lose();
    };
  }

  /** Gives the connection up when nothing at all comes any more: not even a ping. */
  function listen(): void {
    clearTimeout(silence);
    silence = setTimeout(lose, patience);
  }

  function hear(from: WebSocket, data: string): void {
    listen();
    if (data[0] === "0") {
      const { pingInterval = 25_000, pingTimeout = 20_000 } = parse(data.slice(1)) as {
        pingInterval?: number;
        pingTimeout?: number;
      };
      patience = pingInterval + pingTimeout;
      listen();
      from.send(`40${token === null ? "" : JSON.stringify({ token })}`);
    } else if (data === "2") {
      from.send("3");
    } else if (data.startsWith("40")) {
      connected = true;
      tries = 0;
      hearing?.up();
    } else if (data.startsWith("42")) {
      const [message, content] = parse(data.slice(2)) as [string?, unknown?];
      if (message === "frame" || message === "resync" || message === "status") {
        hearing?.[message](content);
      }
    } else if (data.startsWith("43")) {
      const id = Number.parseInt(data.slice(2), 10);
      const [said] = parse(data.slice(2 + String(id).length)) as [unknown?];
      settle(id)?.resolve(said);
    } else if (data.startsWith("44") || data.startsWith("41") || data[0] === "1") {
      lose();
    }
  }

  function settle(id: number): Awaited | undefined {
    const found = awaited.get(id);
    awaited.delete(id);
    clearTimeout(found?.timer);
    return found;
  }

  function lose(): void {
    const old = socket;
    socket = null;
    old?.close();
    clearTimeout(silence);
    clearTimeout(pause);
    patience = PATIENCE;
    for (const id of [...awaited.keys()]) settle(id)?.reject(new Error("the connection was lost"));
    if (connected) {
      connected = false;
      hearing?.down();
    }
    if (resting) return;
    // Spread out: the others who lost the same server come back as well.
    const longest = Math.min(FIRST_PAUSE * 2 ** tries++, LONGEST_PAUSE);
    pause = setTimeout(dial, longest * (0.5 + Math.random()));
  }

  function say(id: number | "", message: string, content: unknown): void {
    socket?.send(`42${id}${JSON.stringify([message, content])}`);
  }

  return {
    get connected() {
      return connected;
    },
    open(listener) {
      hearing = listener;
      dial();
    },
    renew: lose,
    tell(message, content) {
      if (connected) say("", message, content);
    },
    ask(message, content, within) {
      return new Promise((resolve, reject) => {
        lastId += 1;
        const id = lastId;
        const timer = setTimeout(() => settle(id)?.reject(new Error("no answer")), within);
        awaited.set(id, { resolve, reject, timer });
        say(id, message, content);
      });
    },
    rest() {
      resting = true;
      lose();
    },
    wake() {
      if (!resting) return;
      resting = false;
      tries = 0;
      dial();
    },
  };
}

/** What makes no sense says nothing. */
function parse(json: string): object {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? value : [];
  } catch {
    return [];
  }
}
