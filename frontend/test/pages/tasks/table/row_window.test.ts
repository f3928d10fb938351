import { describe, expect, test } from "vitest";
import { visible } from "../../../../src/pages/tasks/table/row_window";

describe("a windowed list", () => {
  test("shows the rows that can be seen, and some to spare on either side", () => {
    expect(visible(1000, 40, 4000, 800, 5)).toEqual({
      first: 95,
      end: 125,
      top: 3800,
      height: 40000,
    });
  });

  test("has no rows before the first or after the last", () => {
    expect(visible(10, 40, -100, 800)).toEqual({ first: 0, end: 10, top: 0, height: 400 });
    expect(visible(1000, 40, 39_800, 800, 5).end).toBe(1000);
  });

  test("shows the part of a row that is cut off by an edge", () => {
    const { first, end } = visible(100, 40, 39, 42, 0);
    expect([first, end]).toEqual([0, 3]);
  });

  test("that is empty or far out of sight shows nothing and keeps its height", () => {
    expect(visible(0, 40, 0, 800)).toEqual({ first: 0, end: 0, top: 0, height: 0 });
    expect(visible(5, 40, 9000, 800)).toEqual({ first: 5, end: 5, top: 200, height: 200 });
    expect(visible(5, 40, -9000, 800)).toEqual({ first: 0, end: 0, top: 0, height: 200 });
  });
});
