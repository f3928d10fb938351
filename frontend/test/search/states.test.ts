import { describe, expect, test } from "vitest";
import { type Query, STATES, type State } from "../../src/contract/messages";
import { groupAsked, statesTaken, withGroup } from "../../src/search/states";

describe("the states that a query takes", () => {
  test.each<[Query, readonly State[]]>([
    [{}, STATES],
    [{ state: ["LOST"] }, ["LOST"]],
    [{ state: ["FAILURE", "LOST"], not: { state: ["FAILURE"] } }, ["LOST"]],
    [{ not: { state: STATES } }, []],
  ])("of %j are %j", (query, states) => {
    expect(statesTaken(query)).toEqual(states);
  });
});

describe("the group of states", () => {
  test.each([
    ["", null],
    ["cat", null],
    ["state:failed cat", "failed"],
    ["state:FAILURE", "failed"],
    ["state:pending", undefined],
    ["state:failed state:lost", undefined],
    ["-state:failed", undefined],
  ] as const)("that %j asks for is %s", (text, group) => {
    expect(groupAsked(text)).toBe(group);
  });

  test("is changed and the rest stays as it was typed", () => {
    const text = 'cat  state:failed "b  c" -state:lost -queue:slow';
    expect(withGroup(text, "done")).toBe('state:done cat "b  c" -queue:slow');
    expect(withGroup(text, null)).toBe('cat "b  c" -queue:slow');
    expect(withGroup("", "done")).toBe("state:done");
  });
});
