import { expect, test } from "vitest";
import { flat } from "../../../src/pages/operations/flat";

test("what is nested becomes rows of paths, and what is empty none", () => {
  const stats = { pool: { timeouts: [0, 30], writes: { total: 3 } }, autoscaler: null, total: {} };
  expect(flat(stats)).toEqual([
    ["pool.timeouts", "0, 30"],
    ["pool.writes.total", "3"],
  ]);
  expect(flat([{ name: "a" }, { name: "b" }])).toEqual([
    ["1.name", "a"],
    ["2.name", "b"],
  ]);
});
