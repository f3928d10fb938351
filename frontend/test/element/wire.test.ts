/** The wire of an embedded bar. The test is the server. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocketWire } from "../../src/element/wire";

class Socket {
  static made: Socket[] = [];
  readonly sent: string[] = [];
  closed = false;
  onmessage: (event: { data: unknown }) => void = () => {};
  onopen: () => void = () => {};
  onclose: () => void = () => {};

  constructor(readonly address: URL) {
    Socket.made.push(this);
  }

  send(data: string): void {
    this.sent.push(data);
  }

  close(): void {
    this.closed = true;
  }

  say(data: unknown): void {
    this.onmessage({ data });
  }

  static get last(): Socket {
    return Socket.made.at(-1) as Socket;
  }
}

const heard: unknown[] = [];

function open(token: string | null = null): WebSocketWire {
  const wire = new WebSocketWire("https://phloem.example/jobs", token, () => heard.push("failed"));
  wire.open({
    up: () => heard.push("up"),
    down: () => heard.push("down"),
    denied: () => heard.push("denied"),
    scattered: () => heard.push("scattered"),
    frame: (content) => heard.push(content),
    resync: (content) => heard.push(content),
    status: (content) => heard.push(content),
    board: (content) => heard.push(content),
  });
  return wire;
}

function greet(): void {
  Socket.last.onopen();
  Socket.last.say('0{"sid":"a","pingInterval":25000,"pingTimeout":20000}');
  Socket.last.say('40{"sid":"b"}');
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Socket);
  Socket.made = [];
  heard.length = 0;
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the wire", () => {
  test("connects by WebSocket alone, under the server's own path, and passes the token on", () => {
    open("let me in");
    expect(Socket.last.address.href).toBe(
      "wss://phloem.example/jobs/socket.io/?EIO=4&transport=websocket&token=let+me+in",
    );
    greet();
    expect(Socket.last.sent).toEqual(['40{"token":"let me in"}']);
    expect(heard).toEqual(["up"]);
  });

  test("makes the next connection with the token that it was given meanwhile", () => {
    const wire = open("first");
    greet();
    wire.token = "second";
    expect(Socket.made).toHaveLength(1);
    Socket.last.onclose();
    vi.runOnlyPendingTimers();
    expect(Socket.last.address.searchParams.get("token")).toBe("second");
    greet();
    expect(Socket.last.sent).toEqual(['40{"token":"second"}']);
  });

  test("says that the server took no connection, and not that one was lost", () => {
    open();
    Socket.last.onclose();
    expect(heard).toEqual(["failed"]);
    vi.advanceTimersByTime(1000);
    greet();
    Socket.last.onclose();
    expect(heard).toEqual(["failed", "up", "down"]);
  });

  test("hands on messages, answers pings, and ignores malformed messages", () => {
    open();
    greet();
    for (const data of ['42["frame",{"to":3}]', "2", "42{", '42["gossip",1]', "", new Blob()]) {
      Socket.last.say(data);
    }
    expect(heard).toEqual(["up", { to: 3 }]);
    expect(Socket.last.sent).toEqual(["40", "3"]);
  });

  test("resolves each question with its answer, and rejects one that waited too long", async () => {
    const wire = open();
    greet();
    const first = wire.ask("watch", { task: "t1" }, 1000);
    const second = wire.ask("watch", { task: "t2" }, 1000);
    expect(Socket.last.sent.slice(1)).toEqual([
      '421["watch",{"task":"t1"}]',
      '422["watch",{"task":"t2"}]',
    ]);
    Socket.last.say('432[{"ok":true}]');
    await expect(second).resolves.toEqual({ ok: true });
    vi.advanceTimersByTime(1001);
    await expect(first).rejects.toThrow("no answer");
  });

  test("reconnects after a loss, with longer pauses each time, and rejects open questions", async () => {
    const wire = open();
    greet();
    const asked = wire.ask("watch", {}, 60_000);
    Socket.last.onclose();
    await expect(asked).rejects.toThrow("lost");
    expect(heard).toEqual(["up", "down"]);
    const waits: number[] = [];
    for (let round = 0; round < 8; round++) {
      const before = Socket.made.length;
      let waited = 0;
      while (Socket.made.length === before) {
        vi.advanceTimersByTime(10);
        waited += 10;
      }
      waits.push(waited);
      Socket.last.onclose();
    }
    expect(waits[0]).toBeLessThanOrEqual(310);
    expect(Math.min(...waits.slice(6))).toBeGreaterThanOrEqual(2500);
    expect(Math.max(...waits)).toBeLessThanOrEqual(7500);
  });

  test("gives up on a silent server", () => {
    open();
    greet();
    vi.advanceTimersByTime(44_000);
    expect(heard).toEqual(["up"]);
    vi.advanceTimersByTime(2000);
    expect(heard).toEqual(["up", "down"]);
    expect(Socket.made[0]?.closed).toBe(true);
  });

  test("stays disconnected while it rests, until it is woken", () => {
    const wire = open();
    greet();
    wire.rest();
    vi.advanceTimersByTime(60_000);
    expect(Socket.made.length).toBe(1);
    wire.wake();
    greet();
    expect(Socket.made.length).toBe(2);
    expect(heard).toEqual(["up", "down", "up"]);
  });
});
