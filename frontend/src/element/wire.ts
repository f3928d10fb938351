/**
 * The wire of an embedded bar: the messages of Socket.IO over a plain WebSocket.
 *
 * The Socket.IO library is three times as large as the rest of the bar, mostly for features that are not used here:
 * long-polling, binary messages, namespaces. What remains is the text form of Engine.IO 4 and Socket.IO 5
 * (https://socket.io/docs/v4/socket-io-protocol/).
 */

import type { Wire, WireListener } from "../live/wire";

/** The pause before the first attempt to reconnect; it doubles with each attempt, up to the longest. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5000;

/** How long a server may be silent before it has told its own interval of pings. */
const HANDSHAKE_MS = 10_000;

/** The start of messages: the type of Engine.IO (4 is a message), and for messages the type of Socket.IO. */
const OPEN = "0";
const CLOSE = "1";
const PING = "2";
const PONG = "3";
const CONNECT = "40";
const DISCONNECT = "41";
const EVENT = "42";
const ACK = "43";
const CONNECT_ERROR = "44";

/** What the server says of itself in its first message; milliseconds. */
interface Handshake {
  readonly pingInterval?: number;
  readonly pingTimeout?: number;
}

/** A question that is not answered yet. */
interface Question {
  readonly resolve: (said: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class WebSocketWire implements Wire {
  readonly #address: URL;
  #token: string | null;
  readonly #failed: () => void;
  #listener: WireListener | null = null;
  #socket: WebSocket | null = null;
  #connected = false;
  #resting = false;
  /** Attempts to reconnect since the last connection. */
  #attempts = 0;
  #reconnecting: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #silenceMs = HANDSHAKE_MS;
  #lastId = 0;
  readonly #questions = new Map<number, Question>();

  /**
   * `server` is the address of Phloem; `token` is sent when connecting, for the server to know the viewer by. It stands
   * in the address, since a page cannot give a WebSocket a header. `failed` is called when the server took no
   * connection: it cannot be reached, or refuses this viewer.
   */
  constructor(server: string, token: string | null, failed: () => void = () => {}) {
    const address = new URL("socket.io/?EIO=4&transport=websocket", server.replace(/\/*$/, "/"));
    address.protocol = address.protocol.replace("http", "ws");
    this.#failed = failed;
    this.#address = address;
    this.#token = null;
    this.token = token;
  }

  /** What the next connection is made with. */
  set token(token: string | null) {
    this.#token = token;
    if (token === null) this.#address.searchParams.delete("token");
    else this.#address.searchParams.set("token", token);
  }

  get connected(): boolean {
    return this.#connected;
  }

  open(listener: WireListener): void {
    this.#listener = listener;
    this.#dial();
  }

  renew(): void {
    this.#lose();
  }

  tell(message: string, content: unknown): void {
    if (this.#connected) this.#send("", message, content);
  }

  ask(message: string, content: unknown, within: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      const id = this.#lastId;
      const timer = setTimeout(() => this.#settle(id)?.reject(new Error("no answer")), within);
      this.#questions.set(id, { resolve, reject, timer });
      this.#send(id, message, content);
    });
  }

  /** Disconnects until it is woken. */
  rest(): void {
    this.#resting = true;
    this.#lose();
  }

  wake(): void {
    if (!this.#resting) return;
    this.#resting = false;
    this.#attempts = 0;
    this.#dial();
  }

  #dial(): void {
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    this.#awaitMessage();
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket && typeof data === "string") this.#hear(socket, data);
    };
    let opened = false;
    socket.onopen = () => {
      opened = true;
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#lose();
      if (!opened) this.#failed();
    };
  }

  /** Gives the connection up when nothing arrives any more, not even a ping. */
  #awaitMessage(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lose(), this.#silenceMs);
  }

  #hear(socket: WebSocket, data: string): void {
    this.#awaitMessage();
    if (data.startsWith(OPEN)) {
      const { pingInterval = 25_000, pingTimeout = 20_000 } = parse(data.slice(1)) as Handshake;
      this.#silenceMs = pingInterval + pingTimeout;
      this.#awaitMessage();
      socket.send(CONNECT + (this.#token === null ? "" : JSON.stringify({ token: this.#token })));
    } else if (data === PING) {
      socket.send(PONG);
    } else if (data.startsWith(CONNECT)) {
      this.#connected = true;
      this.#attempts = 0;
      this.#listener?.up();
    } else if (data.startsWith(EVENT)) {
      const [message, content] = parse(data.slice(2)) as [string?, unknown?];
      if (message === "frame" || message === "resync" || message === "status") {
        this.#listener?.[message](content);
      }
    } else if (data.startsWith(ACK)) {
      const id = Number.parseInt(data.slice(2), 10);
      const [said] = parse(data.slice(2 + String(id).length)) as [unknown?];
      this.#settle(id)?.resolve(said);
    } else if ([CONNECT_ERROR, DISCONNECT, CLOSE].some((type) => data.startsWith(type))) {
      this.#lose();
    }
  }

  #settle(id: number): Question | undefined {
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    clearTimeout(question?.timer);
    return question;
  }

  #lose(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    clearTimeout(this.#silence);
    clearTimeout(this.#reconnecting);
    this.#silenceMs = HANDSHAKE_MS;
    for (const id of [...this.#questions.keys()]) {
      this.#settle(id)?.reject(new Error("the connection was lost"));
    }
    if (this.#connected) {
      this.#connected = false;
      this.#listener?.down();
    }
    if (this.#resting) return;
    // A random pause, because other clients that lost the same server reconnect as well.
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** this.#attempts++, LONGEST_PAUSE_MS);
    this.#reconnecting = setTimeout(() => this.#dial(), longest * (0.5 + Math.random()));
  }

  #send(id: number | "", message: string, content: unknown): void {
    this.#socket?.send(`${EVENT}${id}${JSON.stringify([message, content])}`);
  }
}

/** Malformed JSON counts as an empty message. */
function parse(json: string): object {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? value : [];
  } catch {
    return [];
  }
}
