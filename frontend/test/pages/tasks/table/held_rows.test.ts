import { describe, expect, test } from "vitest";
import { hold } from "../../../../src/pages/tasks/table/held_rows";

const ids = (text: string) => text.split("").filter((id) => id.trim());

describe("rows that are held", () => {
  test.each([
    ["nothing changed", "cba", "cba", "cba", 0],
    ["newer ones came", "cba", "edcba", "cba", 2],
    ["one left the list", "cba", "ca", "cba", 0],
    ["one left and an older one moved up", "dcb", "dba", "dcba", 0],
    ["newer ones pushed older ones out", "cba", "edc", "cba", 2],
    ["all of them left", "cba", "fed", "cba", 3],
    ["everything left and nothing came", "cba", "", "cba", 0],
    ["there was nothing", "", "ba", "", 0],
  ])("keep their place when %s", (_, shown, present, expected, waiting) => {
    expect(hold(ids(shown), ids(present))).toEqual({ shown: ids(expected), waiting });
  });
});
