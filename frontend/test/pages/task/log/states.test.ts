import { describe, expect, test } from "vitest";
import type { LogEntry, State } from "../../../../src/contract/messages";
import { causeOf, isRevoked, once } from "../../../../src/pages/task/log/states";

describe("a task that waits", () => {
  const waits = "Asked to be revoked. A worker drops it when its turn comes.";
  const runs = "Asked to be revoked. It runs already and may end; it is not tried again.";
  const log = (...messages: string[]): LogEntry[] =>
    messages.map((message, i) => ({
      id: `${i}-0`,
      at: i,
      kind: /^[A-Z]+$/.test(message) ? "state" : "log",
      level: "info",
      message,
    }));

  test.each<[State, string[], boolean]>([
    ["RECEIVED", ["PENDING", "RECEIVED"], false],
    ["RECEIVED", ["PENDING", "RECEIVED", waits], true],
    ["PENDING", ["PENDING", waits], true],
    ["RETRY", ["STARTED", runs, "RETRY"], true],
    ["RETRY", ["STARTED", "Asked to be stopped (SIGTERM).", "RETRY"], true],
    ["RETRY", ["PENDING", waits, "STARTED", "RETRY"], false],
    ["STARTED", ["PENDING", waits, "STARTED"], false],
    ["REVOKED", ["PENDING", waits, "REVOKED"], false],
    ["PENDING", ["PENDING", "He said: Asked to be revoked."], false],
  ])("(%s) is revoked if its log says so: %j, %s", (state, messages, expected) => {
    expect(isRevoked(log(...messages), { state })).toBe(expected);
  });
});

test("why a try ended stands beside its end", () => {
  const error = { type: "ConnectionError", message: "away", traceback: null };
  const over = { run: "r1", worker: null, started_at: 1, args: null, kwargs: null };
  const tries = [
    { ...over, finished_at: 5, state: "RETRY" as const, error },
    { ...over, started_at: 6, finished_at: 9, state: "SUCCESS" as const, error: null },
  ];
  const entry = { id: "1-0", at: 5, kind: "state" as const, level: "info", message: "RETRY" };
  expect(causeOf(entry, tries)).toBe(error);
  expect(causeOf({ ...entry, at: 4 }, tries)).toBe(error);
  expect(causeOf({ ...entry, at: 4, message: "STARTED" }, tries)).toBeNull();
  expect(causeOf({ ...entry, at: 9 }, tries)).toBeNull();
  expect(causeOf({ ...entry, at: 7 }, tries)).toBeNull();
  expect(causeOf({ ...entry, kind: "log" }, tries)).toBeNull();
});

test("a retry that the worker of the next try tells of again is told once", () => {
  const entry = (message: string, id: number): LogEntry => {
    const kind = message === "line" ? "log" : "state";
    return { id: `${id}-0`, at: id, kind, level: "info", message };
  };
  const told = ["STARTED", "RETRY", "line", "RETRY", "STARTED", "RETRY"].map(entry);
  expect(once(told).map(({ id }) => id)).toEqual(["0-0", "1-0", "2-0", "4-0", "5-0"]);
});
