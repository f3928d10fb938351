import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Board } from "../src/board";
import { Clock } from "../src/clock";
import { Connection } from "../src/connection";
import { FakeWire } from "./wire";

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

test("what comes later takes its place", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().reply(picture("first", 1));
  wire.hearing.board(picture("second", 2));
  expect(board.picture.value).toBe("second");
});

test("a picture that overtook the answer is not undone by it", async () => {
  connection.board(board);
  wire.connect();
  const asked = wire.takeOne();
  wire.hearing.board(picture("newer", 2));
  await asked.reply(picture("older", 1));
  expect(board.picture.value).toBe("newer");
});

test("a picture of another board is none of this one", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().reply(picture("mine", 1));
  wire.hearing.board({ ...picture("yours", 2), watch: "board:workers" });
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

test("the connection is measured also where only a board is shown", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().reply(picture("it", 1));
  vi.advanceTimersByTime(6_000);
  expect(wire.takeOne("seen").content).toEqual({ watch: "board:queues", offset: 0 });
});

test("a refusal is said in the server's words", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().reply({ ok: false, error: "There is no board." });
  expect(board.refusal.value).toBe("There is no board.");
});

test("no answer is asked for again", async () => {
  connection.board(board);
  wire.connect();
  await wire.takeOne().fail();
  vi.advanceTimersByTime(1_000);
  await wire.takeOne().reply(picture("at last", 1));
  expect(board.picture.value).toBe("at last");
});

test("a closed board is told to the server and shown no more", async () => {
  const watching = connection.board(board);
  wire.connect();
  await wire.takeOne().reply(picture("it", 1));
  watching.close();
  expect(wire.told).toEqual([{ message: "unwatch", content: { watch: "board:queues" } }]);
  wire.hearing.board(picture("later", 2));
  expect(board.picture.value).toBe("it");
});
