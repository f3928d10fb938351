import { expect, test } from "vitest";
import { shortened } from "../../src/contract/log";
import type { LogEntry } from "../../src/contract/messages";

function line(number: number, changes: Partial<LogEntry> = {}): LogEntry {
  return {
    id: `${number}-0`,
    at: number,
    kind: "log",
    level: "info",
    message: `${number}`,
    ...changes,
  };
}

const LINES = Array.from({ length: 1000 }, (_, i) => line(i));

test("a log within its limit is whole", () => {
  expect(shortened(LINES, 1000)).toBe(LINES);
});

test("of a long log the beginning and the end are kept, and what is missing is told", () => {
  const log = shortened(LINES, 100);
  expect(log.map(({ message }) => message)).toEqual([
    ...LINES.slice(0, 10).map(({ message }) => message),
    "… 940 entries were left out",
    ...LINES.slice(950).map(({ message }) => message),
  ]);
});

test("states, warnings and errors are kept before other lines", () => {
  const log = LINES.with(200, line(200, { kind: "state" })).with(
    300,
    line(300, { level: "error" }),
  );
  expect(
    shortened(log, 100)
      .slice(10, 13)
      .map(({ message }) => message),
  ).toEqual(["… 938 entries were left out", "200", "300"]);
});

test("a log that is shortened again has one gap that counts all", () => {
  const again = shortened([...shortened(LINES, 100), ...LINES.slice(0, 500)], 100);
  const gaps = again.filter(({ kind }) => kind === "gap");
  expect(gaps.map(({ message }) => message)).toEqual([
    `… ${1500 - again.length + 1} entries were left out`,
  ]);
});
