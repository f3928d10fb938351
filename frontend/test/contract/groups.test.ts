import { describe, expect, test } from "vitest";
import { count, GROUPS, groupOf, groupOfState, newestFirst } from "../../src/contract/groups";
import { STATES } from "../../src/contract/messages";
import { task } from "../support/tasks";

describe("groups", () => {
  test("hold every state once, so that the chips add up to all", () => {
    const states = GROUPS.flatMap((group) => group.states);
    expect([...states].sort()).toEqual([...STATES].sort());
  });

  test("count what is in them, and nothing where the totals say nothing", () => {
    const totals = { PENDING: 2, RECEIVED: 1, SUCCESS: 40 };
    expect(count(totals, groupOf("waiting"))).toBe(3);
    expect(count(totals, groupOf("failed"))).toBe(0);
    expect(count(totals, null)).toBe(43);
  });

  test("are found by each state they hold", () => {
    expect(groupOfState("RECEIVED")).toBe("waiting");
    expect(groupOfState("SUCCESS")).toBe("done");
  });

  test("are found by name only", () => {
    expect(groupOf("running")?.states).toEqual(["STARTED", "PROGRESS"]);
    expect(groupOf("PROGRESS")).toBeNull();
    expect(groupOf(null)).toBeNull();
  });
});

test("tasks stand newest first by when they were first heard of, not by their last change", () => {
  const tasks = [
    task({ id: "b", offset: 90, first_offset: 1 }),
    task({ id: "c", offset: 3, first_offset: 3 }),
    task({ id: "a", offset: 4, first_offset: 3 }),
  ];
  expect(tasks.sort(newestFirst).map(({ id }) => id)).toEqual(["a", "c", "b"]);
});
