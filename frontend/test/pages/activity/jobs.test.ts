import { describe, expect, test } from "vitest";
import type { Job } from "../../../src/contract/hour";
import { inOrder, timeScale } from "../../../src/pages/activity/jobs";

function job(name: string | null, p50: number | null = null, p99 = p50): Job {
  return { name, count: 1, failed: 0, p50, p95: p50, p99 };
}

test("jobs of which most failed come first", () => {
  const order = inOrder([job("a.x"), { ...job("a.z"), failed: 2 }, { ...job("b.y"), failed: 3 }]);
  expect(order.map(({ name }) => name)).toEqual(["b.y", "a.z", "a.x"]);
});

test("jobs are in the order of the names that are shown, those without a name last", () => {
  const order = inOrder([job(null), job("b.x"), job("a.z"), job("a.x")]);
  expect(order.map(({ name }) => name)).toEqual(["a.x", "b.x", "a.z", null]);
});

describe("a scale of run times", () => {
  test("goes from a round time to another around all of them", () => {
    const found = timeScale([job("a", 0.002, 3), job("b", 0.5, 9), job("c")]);
    expect([found?.from, found?.to]).toEqual([0.001, 10]);
    expect(found?.place(0.001)).toBe(0);
    expect(found?.place(0.1)).toBeCloseTo(0.5);
    expect(found?.place(10)).toBe(1);
  });

  test("has two ends when all times are equal, and is absent without times", () => {
    const found = timeScale([job("a", 1)]);
    expect([found?.from, found?.to]).toEqual([1, 10]);
    expect(timeScale([job("a")])).toBeNull();
  });
});
