import { expect, test } from "vitest";
import { isNight, nightOf } from "../../../src/pages/wall/dim";

test.each([
  ["22-6", { from: 1320, to: 360 }],
  ["1-5", { from: 60, to: 300 }],
  ["21:30-07:15", { from: 1290, to: 435 }],
  ["22-24", { from: 1320, to: 0 }],
])("%s is a part of a day", (given, night) => {
  expect(nightOf(given)).toEqual(night);
});

test.each(["", "22", "22-22", "0-24", "25-6", "22:60-6", "night", "22-6-7", "-1-6"])(
  "%j is none",
  (given) => {
    expect(nightOf(given)).toBeNull();
  },
);

test("a night goes over midnight, and ends with its last minute", () => {
  const night = { from: 1320, to: 360 };
  const at = [1319, 1320, 1439, 0, 359, 360].map((minute) => isNight(night, minute));
  expect(at).toEqual([false, true, true, true, true, false]);
  expect([59, 60, 299, 300].map((minute) => isNight({ from: 60, to: 300 }, minute))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
