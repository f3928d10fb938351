import { expect, test } from "vitest";
import { fit } from "../../../../src/pages/wall/slots/density";

const fleet = (workers: number, slots: number) => Array.from({ length: workers }, () => slots);

test.each([
  [1, 4, "large", 1],
  [2, 2, "large", 1],
  [4, 2, "roomy", 2],
  [8, 1, "roomy", 2],
  [3, 3, "lines", 1],
  [4, 4, "lines", 2],
  [8, 4, "close", 3],
  [10, 4, "close", 4],
  [40, 8, "bars", 7],
] as const)("%i workers of %i slots are %s in %i columns", (workers, slots, density, columns) => {
  expect(fit(fleet(workers, slots))).toMatchObject({ density, columns, broken: false });
});

test("a worker with more slots than a column holds is shown as bars", () => {
  expect(fit([64]).density).toBe("bars");
});

test("without workers there is nothing to share", () => {
  expect(fit([])).toEqual({ density: "large", columns: 1, broken: false, grown: 1 });
});

test("the slots of a worker go on in the next column before only bars are left", () => {
  expect(fit(fleet(5, 8))).toEqual({ density: "close", columns: 3, broken: true, grown: 1 });
  expect(fit([30])).toEqual({ density: "close", columns: 2, broken: true, grown: 1 });
});

test("what has room in one column grows, as far as it fits", () => {
  expect(fit([1]).grown).toBe(1.2);
  expect(fit(fleet(2, 3))).toMatchObject({ density: "lines", columns: 1, grown: 1.35 });
  const { grown } = fit(fleet(3, 3));
  expect(grown).toBeCloseTo(25.7 / (3 * 2.55 + 9 * 1.98));
});
