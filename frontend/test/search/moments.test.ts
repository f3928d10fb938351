import { describe, expect, test } from "vitest";
import { readMoment } from "../../src/search/moments";

const seconds = (...time: [number, number, number, number?, number?, number?]) =>
  Date.UTC(...time) / 1000;

/** The 30th of November 2026, at 09:15 in UTC. */
const now = seconds(2026, 10, 30, 9, 15);
const present = { now, zone: "utc" } as const;

describe("a moment", () => {
  test.each([
    ["09:00", seconds(2026, 10, 30, 9), seconds(2026, 11, 1, 9)],
    ["9:15", now, seconds(2026, 11, 1, 9, 15)],
    ["14:30", seconds(2026, 10, 29, 14, 30), seconds(2026, 10, 30, 14, 30)],
    ["08:00:30", seconds(2026, 10, 30, 8, 0, 30), seconds(2026, 11, 1, 8, 0, 30)],
    ["midnight", seconds(2026, 10, 30), seconds(2026, 11, 1)],
    ["today", seconds(2026, 10, 30), seconds(2026, 11, 1)],
    ["yesterday", seconds(2026, 10, 29), seconds(2026, 11, 1)],
    ["2026-11-28", seconds(2026, 10, 28), null],
    ["2026-11-28T14:30", seconds(2026, 10, 28, 14, 30), null],
    ["2026-11-28 14:30:05", seconds(2026, 10, 28, 14, 30, 5), null],
    ["2026-11-28T14:30Z", "2026-11-28T14:30Z", null],
    ["1.5h", "1.5h", null],
    ["3w", "3w", null],
  ])("%s begins at %s and means another from %s on", (text, at, turns) => {
    expect(readMoment(text, false, present)).toEqual({ at, turns });
  });

  test.each([
    ["2026-11-28", seconds(2026, 10, 29)],
    ["2026-11-30T08:00", seconds(2026, 10, 30, 8)],
    ["today", seconds(2026, 11, 1)],
    ["yesterday", seconds(2026, 10, 30)],
    ["midnight", seconds(2026, 10, 30)],
  ])("%s ends at %s: a day is meant as a whole", (text, at) => {
    expect(readMoment(text, true, present)?.at).toBe(at);
  });

  test.each([
    "",
    "soon",
    "14",
    "24:00",
    "12:60",
    "2026-02-30",
    "2026-13-01",
    "2026-11-30T",
    "T14:30",
    " 14:30",
    "1970-01-01",
    "0s",
    "5y",
    "2026-99-99T00:00Z",
    "2026-02-30T10:00Z",
    "2026-11-30T24:00Z",
    "2026-11-30T10:00+24:00",
    "1970-01-01T00:00Z",
    "9999-12-31",
    "999999999w",
  ])("%j is none", (text) => {
    expect(readMoment(text, false, present)).toBeNull();
  });

  test("is one of the zone of the viewer", () => {
    const local = readMoment("2026-11-28T14:30", false, { now, zone: "local" })?.at;
    expect(local).toBe(new Date(2026, 10, 28, 14, 30).getTime() / 1000);
    const midnight = readMoment("midnight", false, { now, zone: "local" })?.at;
    expect(midnight).toBe(new Date(2026, 10, 30).getTime() / 1000);
  });
});
