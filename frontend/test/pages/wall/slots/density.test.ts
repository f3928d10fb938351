import { expect, test } from "vitest";
import { fit } from "../../../../src/pages/wall/slots/density";

const fleet = (workers: number, slots: number) => Array.from({ length: workers }, () => slots);

test.each([
  [1, 4, "large", 1],
  [2, 2, "large", 1],
  [4, 2, "large", 2],
  [8, 1, "roomy", 2],
  [4, 4, "close", 2],
  [8, 4, "close", 3],
  [40, 8, "bars", 4],
] as const)("%i workers of %i slots are %s in %i columns", (workers, slots, density, columns) => {
  expect(fit(fleet(workers, slots))).toEqual({ density, columns });
});

test("a worker with more slots than a column holds is shown as bars", () => {
  expect(fit([64]).density).toBe("bars");
});

test("without workers there is nothing to share", () => {
  expect(fit([])).toEqual({ density: "large", columns: 1 });
});
