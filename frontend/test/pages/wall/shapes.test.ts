import { expect, test } from "vitest";
import { halfWidth, quarters, scaleOf, stem, vessel } from "../../../src/pages/wall/shapes";

test("the widest vessel holds a round number, so that the others seldom change with it", () => {
  expect([0, 100, 101, 201, 501, 1001, 4999, 5001].map(scaleOf)).toEqual([
    100, 100, 200, 500, 1000, 2000, 5000, 10_000,
  ]);
});

test("a vessel is as wide as it is deep, and one with a single task is no thread", () => {
  const widths = [0, 1, 10, 100, 1000].map((depth) => halfWidth(depth, 1000));
  expect(widths).toEqual([...widths].sort((one, other) => one - other));
  expect(new Set(widths).size).toBe(widths.length);
  expect(widths.at(-1)).toBeLessThan(50);
  expect(halfWidth(2000, 1000)).toBe(widths.at(-1));
});

test("a vessel from which nobody draws is closed", () => {
  expect(vessel(20, true).walls.match(/M/g)).toHaveLength(2);
  expect(vessel(20, false).walls.match(/M/g)).toHaveLength(1);
});

const drawn = {
  times: [0, 600, 1200, 1800, 2400, 3000],
  ok: [9, 0, 5, 10, 0, 0],
  failed: [0, 0, 0, 0, 1, 0],
  waiting: [0, 0, 0, 0, 0, 0],
  running: [0, 0, 0, 0, 0, 0],
};

test("the stem is as thick as tasks ended, within the time that is shown", () => {
  const { whole, most } = stem(drawn, [600, 3000]);
  expect(most).toBe(10);
  expect(whole).toMatch(/^M0 49\.4L250 27L500 4L/);
  expect(whole).not.toContain("NaN");
});

test("a single failure among many is seen", () => {
  const { core } = stem({ ...drawn, ok: [9, 0, 0, 9000, 0, 0] }, [0, 3000]);
  expect(core).toBe("M800 48L800 52Z");
});

test("an hour without a failure has no core", () => {
  expect(stem({ ...drawn, failed: drawn.times.map(() => 0) }, [0, 3000]).core).toBe("");
});

test("an hour without anything is drawn as well", () => {
  expect(stem({ times: [], ok: [], failed: [], waiting: [], running: [] }, [0, 3480]).whole).toBe(
    "",
  );
});

test("times stand at whole quarters of an hour, closer together where less is shown", () => {
  expect(quarters([100, 3580]).map(({ at }) => at)).toEqual([900, 1800, 2700]);
  expect(quarters([1000, 2000]).map(({ at }) => at)).toEqual([1200, 1500, 1800]);
});
