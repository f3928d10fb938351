import { expect, test } from "vitest";
import { stepAmount } from "../../../src/pages/task/parts";
import { step } from "../../support/tasks";

test.each([
  [{ current: 3, total: 12, unit: "size" }, "3 of 12\u00a0sizes"],
  [{ current: 12, total: 12, unit: "size" }, "12\u00a0sizes"],
  [{ current: 3, total: 12 }, "3 of 12"],
  [{ current: 12, total: 12 }, ""],
  [{ current: 7 }, "7"],
  [{ current: 0 }, ""],
  [{ current: 0, total: 3, done: true }, "0 of 3"],
  [{ current: 15, total: 10 }, "15 of 10"],
])("the amount of %o", (given, shown) => {
  expect(stepAmount(step({ key: "1", ...given }))).toBe(shown);
});
