import { expect, test } from "vitest";
import type { LogEntry } from "../../../../src/contract/messages";
import { causeOf, once } from "../../../../src/pages/task/log/states";

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
