import { describe, expect, test } from "vitest";
import type { State } from "../../src/contract/messages";
import {
  activeSteps,
  depth,
  isTakenBack,
  outline,
  pace,
  stepPercent,
  wholePercent,
} from "../../src/contract/progress";
import { step, task } from "../support/tasks";

describe("percent", () => {
  test.each(["STARTED", "PROGRESS", "RETRY"] as const)(
    "is rounded down, and never 100 in %s",
    (state) => {
      expect(wholePercent(task({ id: "a", offset: 1, percent: 99.99, state }))).toBe(99);
      expect(wholePercent(task({ id: "a", offset: 1, percent: 100, state }))).toBe(99);
    },
  );

  test.each(["FAILURE", "REVOKED", "LOST"] as const)("of %s is what it had come to", (state) => {
    expect(wholePercent(task({ id: "a", offset: 1, percent: 100, state }))).toBe(100);
    expect(wholePercent(task({ id: "a", offset: 1, percent: 41.9, state }))).toBe(41);
    expect(wholePercent(task({ id: "a", offset: 1, state }))).toBeNull();
  });

  test("of success is 100, whatever was reported", () => {
    expect(wholePercent(task({ id: "a", offset: 1, percent: 60, state: "SUCCESS" }))).toBe(100);
  });

  test("stays unknown where nobody said it", () => {
    expect(wholePercent(task({ id: "a", offset: 1 }))).toBeNull();
  });

  test("of a step needs a total, or its end", () => {
    expect(stepPercent(step({ key: "1", current: 3, total: 12 }))).toBe(25);
    expect(stepPercent(step({ key: "1", current: 3 }))).toBeNull();
    expect(stepPercent(step({ key: "1", current: 3, done: true }))).toBe(100);
    expect(stepPercent(step({ key: "1", current: 30, total: 12 }))).toBe(100);
  });

  test("of a step that is done fits what it counted", () => {
    expect(stepPercent(step({ key: "1", current: 0, total: 3, done: true }))).toBe(0);
    expect(stepPercent(step({ key: "1", current: 990, total: 1000, done: true }))).toBe(99);
  });
});

describe("steps", () => {
  test("stand in the order of their outline, ten after two", () => {
    const keys = ["10", "2", "1.2", "1", "1.10", "1.2.1"].map((key) => step({ key }));
    expect(outline(keys).map(({ key }) => key)).toEqual(["1", "1.2", "1.2.1", "1.10", "2", "10"]);
    expect(depth(step({ key: "1.2.1" }))).toBe(2);
  });

  test("under way are those not done, and none in a task that ended", () => {
    const steps = [step({ key: "1", done: true }), step({ key: "2" }), step({ key: "2.1" })];
    expect(activeSteps(task({ id: "a", offset: 1, steps })).map(({ key }) => key)).toEqual([
      "2",
      "2.1",
    ]);
    expect(activeSteps(task({ id: "a", offset: 1, steps, state: "FAILURE" }))).toEqual([]);
  });

  test("give a task the pace of the outermost that knows its time left", () => {
    const steps = [
      step({ key: "1" }),
      step({ key: "1.1", rate: 5 }),
      step({ key: "1.1.1", eta: 9, rate: 1 }),
    ];
    expect(pace(task({ id: "a", offset: 1, steps }))?.key).toBe("1.1.1");
    expect(pace(task({ id: "a", offset: 1, steps: steps.slice(0, 2) }))?.key).toBe("1.1");
    expect(pace(task({ id: "a", offset: 1 }))).toBeNull();
  });
});

test.each<[State, number | null, number | null, boolean]>([
  ["RECEIVED", null, null, false],
  ["RECEIVED", null, 20, true],
  ["PENDING", null, 20, true],
  ["RETRY", 10, 20, true],
  ["RETRY", 30, 20, false],
  ["STARTED", 10, 20, false],
  ["REVOKED", null, 20, false],
])(
  "a task in %s, started at %s and revoked at %s, waits to be dropped: %s",
  (state, started_at, revoked_at, expected) => {
    expect(isTakenBack(task({ id: "a", offset: 1, state, started_at, revoked_at }))).toBe(expected);
  },
);
