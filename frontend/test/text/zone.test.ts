import { afterEach, describe, expect, test } from "vitest";
import { dateTime, exactTime, hourMinute, shortMoment } from "../../src/text/format";
import { zone } from "../../src/text/zone";

const MOMENT = Date.UTC(2026, 2, 1, 14, 32, 5, 120) / 1000;

afterEach(() => {
  zone.value = "local";
});

describe("in UTC", () => {
  test("a moment is the same everywhere, and says so", () => {
    zone.value = "utc";
    expect(dateTime(MOMENT)).toBe("2026-03-01 14:32:05\u00a0UTC");
    expect(exactTime(MOMENT)).toBe("14:32:05.120");
    expect(hourMinute(MOMENT)).toBe("14:32");
  });

  test("today has its time, another day its date", () => {
    zone.value = "utc";
    expect(shortMoment(MOMENT, MOMENT + 60)).toBe("14:32:05");
    expect(shortMoment(MOMENT, MOMENT + 86400)).toBe("03-01 14:32");
  });
});

test("in local time a moment is what the clock on the wall says", () => {
  const at = new Date(MOMENT * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  expect(hourMinute(MOMENT)).toBe(`${two(at.getHours())}:${two(at.getMinutes())}`);
  expect(dateTime(MOMENT)).not.toContain("UTC");
});
