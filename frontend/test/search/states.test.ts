import { describe, expect, test } from "vitest";
import { groupAsked, withGroup } from "../../src/search/states";

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
