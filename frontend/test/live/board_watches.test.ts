import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Board } from "../../src/live/board";
import { Connection } from "../../src/live/connection";
import { Clock } from "../../src/live/time/clock";
import { FakeWire } from "../support/wire";

let wire: FakeWire;
let connection: Connection;
let board: Board;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  wire = new FakeWire();
  connection = new Connection(wire, new Clock());
  connection.open();
  board = new Board("queues");
});

afterEach(() => {
  vi.useRealTimers();
});

function picture(content: unknown, now: number) {
  return { ok: true, watch: "board:queues", board: content, live: true, now };
}

test("a board is asked for once there is a connection, and shows the answer", async () => {
  connection.board(board);
  expect(wire.take()).toEqual([]);
  wire.connect();
  const asked = wire.takeOne();
  expect(asked.content).toEqual({ board: "queues" });
  expect(connection.link.value.kind).toBe("connecting");
  await asked.reply(picture("first", 1));
  expect(board.picture.value).toBe("first");
  expect(connection.link.value.kind).toBe("live");
});

test("a picture that is shown again is as old as it was left until it is answered", async () => {
  const { close } = connection.board(board);
  wire.connect();
  await wire.takeOne().reply(picture("first", 1));
  close();
  vi.advanceTimersByTime(60_000);
  connection.board(board);
  vi.advanceTimersByTime(2_000);
  expect(connection.link.value).toEqual({ kind: "behind", by: 62 });
  await wire.takeOne().reply(picture("second", 62));
  expect(connection.link.value.kind).toBe("live");
});

test("a board whose answer was late is asked for once after a reconnection", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().fail();
  wire.lose();
  wire.connect();
  vi.advanceTimersByTime(2_000);
  expect(wire.take()).toHaveLength(1);
});

test("a later picture replaces it", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().reply(picture("first", 1));
  wire.listener.board(picture("second", 2));
  expect(board.picture.value).toBe("second");
});

test("a picture that overtook the answer is not undone by it", async () => {
  connection.board(board);
  wire.connect();
  const asked = wire.takeOne();
  wire.listener.board(picture("newer", 2));
  await asked.reply(picture("older", 1));
  expect(board.picture.value).toBe("newer");
});

test("a picture that arrives after the answer is newer, also when the server's clock was set back", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().reply(picture("first", 5_000));
  wire.listener.board(picture("second", 1_400));
  expect(board.picture.value).toBe("second");
});

test("a picture of another board is ignored", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().reply(picture("mine", 1));
  wire.listener.board({ ...picture("yours", 2), watch: "board:workers" });
  expect(board.picture.value).toBe("mine");
});

test("after a lost connection it is asked for again, and keeps its picture meanwhile", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().reply(picture("before", 9));
  wire.lose();
  expect(board.picture.value).toBe("before");
  expect(connection.link.value.kind).toBe("reconnecting");
  wire.connect();
  // Another server may have another clock.
  await wire.takeOne().reply(picture("after", 1));
  expect(board.picture.value).toBe("after");
});

test("the round trip is measured also while only a board is shown", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().reply(picture("it", 1));
  vi.advanceTimersByTime(6_000);
  expect(wire.takeOne("seen").content).toEqual({ watch: "board:queues", offset: 0 });
});

test("a refusal is shown in the server's words", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().reply({ ok: false, error: "There is no board." });
  expect(board.refusal.value).toBe("There is no board.");
  vi.advanceTimersByTime(1_000);
  expect(wire.take()).toEqual([]);
});

test("a board that is refused for a moment is asked for again, unless it was closed meanwhile", async () => {
  const watching = connection.board(board);
  wire.connect();
  for (const error of ["Redis is away.", "Redis is still away."]) {
    await wire.takeOne().reply({ ok: false, error, again: true });
    expect(board.refusal.value).toBe(error);
    vi.advanceTimersByTime(1_000);
  }
  await wire.takeOne().reply(picture("at last", 1));
  expect([board.picture.value, board.refusal.value]).toEqual(["at last", null]);
  watching.close();
  connection.board(board).close();
  await wire.takeOne().reply({ ok: false, error: "Redis is away.", again: true });
  vi.advanceTimersByTime(1_000);
  expect(wire.take()).toEqual([]);
});

test("a board without an answer is asked for again", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().fail();
  vi.advanceTimersByTime(1_000);
  await wire.takeOne().reply(picture("at last", 1));
  expect(board.picture.value).toBe("at last");
});

test("a closed board is closed at the server, and no longer updated", async () => {
  const watching = connection.board(board);
  wire.connect();
  await wire.takeOne().reply(picture("it", 1));
  watching.close();
  expect(wire.told).toEqual([{ message: "unwatch", content: { watch: "board:queues" } }]);
  wire.listener.board(picture("later", 2));
  expect(board.picture.value).toBe("it");
});

test("a board that is closed and opened again before its first answer stays open", async () => {
  wire.connect();
  connection.board(board).close();
  const again = connection.board(board);
  const [first, second] = wire.take();
  await first?.reply(picture("first", 1));
  await second?.reply(picture("second", 2));
  expect(wire.told).toEqual([]);
  wire.listener.board(picture("third", 3));
  expect(board.picture.value).toBe("third");
  again.close();
  expect(wire.told).toEqual([{ message: "unwatch", content: { watch: "board:queues" } }]);
});

test("a board that is closed before its first answer is closed at the server", async () => {
  wire.connect();
  connection.board(board).close();
  await wire.takeOne().reply(picture("it", 1));
  expect(wire.told).toEqual([{ message: "unwatch", content: { watch: "board:queues" } }]);
});

test("a board that is shown twice stays open until both are closed", async () => {
  wire.connect();
  const both = [connection.board(board), connection.board(new Board("queues"))];
  for (const asked of wire.take()) await asked.reply(picture("it", 1));
  both[0]?.close();
  expect(wire.told).toEqual([]);
  both[1]?.close();
  expect(wire.told).toEqual([{ message: "unwatch", content: { watch: "board:queues" } }]);
});

test("a board that is not open at the server is asked for again", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().reply(picture("it", 9));
  vi.advanceTimersByTime(6_000);
  await wire.takeOne("seen").reply({ ok: false, error: "It is not open on this connection." });
  await wire.takeOne().reply(picture("it again", 10));
  expect(board.picture.value).toBe("it again");
  vi.advanceTimersByTime(6_000);
  await wire.takeOne("seen").reply({ ok: true, now: 11 });
  expect(wire.take()).toEqual([]);
});

describe("a board that comes in parts", () => {
  const rows = (...moments: [at: number, ok: number][]) => ({ moments, jobs: [] });
  const whole = (ok: number) => rows([1, ok]);

  function part(content: unknown, now: number) {
    return { ...picture(content, now), part: true };
  }

  test("is the whole picture, with the changed part replaced", async () => {
    connection.board(board);
    wire.connect();
    await wire.takeOne().reply(picture(whole(1), 1));
    wire.listener.board(part(rows([2, 5]), 2));
    expect(board.picture.value).toEqual(rows([1, 1], [2, 5]));
  });

  test("keeps the part that overtook the whole", async () => {
    connection.board(board);
    wire.connect();
    const asked = wire.takeOne();
    wire.listener.board(part(whole(2), 2));
    expect(board.picture.value).toBeNull();
    await asked.reply(picture(whole(1), 1));
    expect(board.picture.value).toEqual(whole(2));
  });

  test("ignores a part that the whole has overtaken", async () => {
    connection.board(board);
    wire.connect();
    const asked = wire.takeOne();
    wire.listener.board(part(whole(1), 1));
    await asked.reply(picture(whole(2), 2));
    expect(board.picture.value).toEqual(whole(2));
  });

  test("is updated although the server's clock was set back", async () => {
    connection.board(board);
    wire.connect();
    await wire.takeOne().reply(picture(whole(1), 5_000));
    wire.listener.board(part(whole(2), 1_400));
    expect(board.picture.value).toEqual(whole(2));
  });

  test("adds nothing to a picture from before an outage", async () => {
    connection.board(board);
    wire.connect();
    await wire.takeOne().reply(picture(whole(1), 9));
    wire.lose();
    wire.connect();
    const asked = wire.takeOne();
    wire.listener.board(part(whole(3), 3));
    expect(board.picture.value).toEqual(whole(1));
    await asked.reply(picture(rows([0, 7]), 2));
    expect(board.picture.value).toEqual(rows([0, 7], [1, 3]));
  });
});
