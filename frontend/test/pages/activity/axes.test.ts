import { expect, test } from "vitest";
import { marks, scale } from "../../../src/pages/activity/axes";

const START = 1_700_000_000;

test.each([
  [1500, 5],
  [600, 10],
  [330, 15],
  [130, 30],
])("marks on %i pixels are %i minutes apart, on whole ones", (pixels, minutes) => {
  const found = marks(START, START + 3480, pixels);
  expect(found.every((mark) => mark % (60 * minutes) === 0)).toBe(true);
  expect((found[1] as number) - (found[0] as number)).toBe(60 * minutes);
  expect(found.length).toBeLessThanOrEqual(pixels / 64 + 1);
});

test.each([
  [0, [0, 1, 2]],
  [1, [0, 1, 2]],
  [3, [0, 1, 2, 3]],
  [5, [0, 2, 4, 6]],
  [42, [0, 20, 40, 60]],
  [95, [0, 25, 50, 75, 100]],
  [100, [0, 25, 50, 75, 100]],
  [101, [0, 50, 100, 150]],
  [1234, [0, 500, 1000, 1500]],
])("a scale up to %i has the marks %o, and so has one up to its own top", (most, found) => {
  expect(scale(most)).toEqual(found);
  expect(scale(found.at(-1) as number)).toEqual(found);
});
