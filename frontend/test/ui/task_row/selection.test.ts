import { describe, expect, test } from "vitest";
import { Selection } from "../../../src/ui/task_row/selection";

const ids = (text: string) => text.split("").filter((id) => id.trim());

describe("a selection", () => {
  test("is added to and taken from", () => {
    const selection = new Selection();
    selection.toggle("a");
    selection.toggle("b");
    selection.toggle("a");
    expect([...selection.ids.value]).toEqual(["b"]);
  });

  test("reaches from the one chosen last to another, either way", () => {
    const selection = new Selection();
    selection.toggle("d");
    selection.reach("b", ids("abcde"));
    expect([...selection.ids.value].sort()).toEqual(["b", "c", "d"]);
    selection.reach("a", ids("xyz"));
    expect(selection.ids.value.has("a")).toBe(true);
  });
});
