import { describe, expect, test } from "vitest";
import { COLUMNS, layout, USUAL } from "../../../../src/browser/columns";
import { asCsv, asJson } from "../../../../src/pages/tasks/export";
import { hold } from "../../../../src/pages/tasks/table/held_rows";
import { Selection } from "../../../../src/ui/task_row/selection";
import { task } from "../../../support/tasks";

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
  ])("stand where they stood when %s", (_, shown, present, expected, waiting) => {
    expect(hold(ids(shown), ids(present))).toEqual({ shown: ids(expected), waiting });
  });
});

describe("columns", () => {
  test("have room for all that are usual on a wide screen", () => {
    const { columns, tracks } = layout(USUAL, 1440);
    expect([...columns]).toEqual(USUAL);
    expect(tracks.match(/px|minmax/g)?.length).toBeGreaterThan(USUAL.length);
  });

  test("give way on a narrow one, and on a phone two lines are what they are", () => {
    expect(layout(USUAL, 1000).columns.has("worker")).toBe(false);
    expect(layout(USUAL, 1000).columns.has("rate")).toBe(true);
    expect([...layout([], 390).columns]).toEqual(["says", "bar", "percent", "left", "age"]);
  });

  test("are the chosen ones alone", () => {
    expect([...layout(["bar", "state"], 1440).columns]).toEqual(["bar", "state"]);
    expect(layout([], 1440).tracks).toBe("16px minmax(112px, 1.9fr)");
  });

  test("have a track for each cell", () => {
    for (const width of [720, 900, 1180, 1440, 2560]) {
      const { columns, tracks } = layout(COLUMNS, width);
      // Where time left and age share a place, one of the two is not there.
      const cells = columns.size - (width < 900 ? 1 : 0);
      expect(tracks.replace(/minmax\([^)]*\)/g, "minmax").split(" ")).toHaveLength(cells + 2);
    }
  });
});

describe("a file of tasks", () => {
  const tasks = [
    task({ id: "a", offset: 1, created_at: 0, message: 'said "no",\nthen left', args: "=1+1" }),
    task({ id: "b", offset: 2, error: { type: "E", message: "-x", traceback: null } }),
  ];

  test("as CSV quotes what has to be, writes times that mean the same everywhere, and no formula", () => {
    const csv = asCsv(tasks);
    expect(csv.startsWith("id,name,state,queue,worker,created_at,")).toBe(true);
    expect(csv).toContain('"said ""no"",\nthen left"');
    expect(csv).toContain("1970-01-01T00:00:00.000Z");
    expect(csv).toContain("'=1+1");
    expect(csv).toContain("E: -x");
    expect(csv.endsWith("\r\n")).toBe(true);
  });

  test("as JSON is the tasks as they are", () => {
    expect(JSON.parse(asJson(tasks))).toEqual(tasks);
  });
});

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
