import { describe, expect, it } from "vitest";
import { isObserved, unknowns } from "../../src/contract/known_by";
import { task } from "../support/tasks";

describe("what is not known of a task", () => {
  it("is nothing where an attached process tells of its run", () => {
    const attached = task({ id: "a", offset: 1, run: "5f0c", known_by: ["attach", "events"] });
    expect(isObserved(attached)).toBe(false);
    expect(unknowns(attached)).toEqual([]);
  });

  it("is its progress and its log where its worker is not attached", () => {
    const half = task({ id: "a", offset: 1, run: "heard-5f", known_by: ["attach", "events"] });
    expect(unknowns(half)).toEqual(["progress", "log"]);
  });

  it("is also its message where nobody is attached, and its result where no backend tells it", () => {
    const told = task({
      id: "a",
      offset: 1,
      run: "heard-5f",
      state: "SUCCESS",
      known_by: ["events"],
    });
    expect(unknowns(told)).toEqual(["progress", "log", "whole", "call", "created"]);
  });
});
