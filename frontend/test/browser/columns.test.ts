import { describe, expect, test } from "vitest";
import { COLUMNS, layout, USUAL } from "../../src/browser/columns";

describe("columns", () => {
  test("all fit a wide window by default", () => {
    const { columns, tracks } = layout(USUAL, 1900);
    expect([...columns]).toEqual(USUAL);
    const wide = ["args", "release"];
    expect([...layout(USUAL, 1899).columns]).toEqual(USUAL.filter((each) => !wide.includes(each)));
    expect(tracks.match(/px|minmax/g)?.length).toBeGreaterThan(USUAL.length);
  });

  test("are left out of a narrower window, and fixed in a very narrow one", () => {
    expect(layout(USUAL, 1000).columns.has("worker")).toBe(false);
    expect(layout(USUAL, 1000).columns.has("rate")).toBe(true);
    expect([...layout([], 390).columns]).toEqual(["says", "bar", "percent", "left", "age"]);
  });

  test("are the chosen ones alone", () => {
    expect([...layout(["bar", "state"], 1440).columns]).toEqual(["bar", "state"]);
    expect(layout([], 1440).tracks).toBe("16px minmax(144px, 3fr)");
  });

  test("leave what a task says that does not run the room from what others say to their time left", () => {
    expect(layout(USUAL, 1440).span).toBe(5);
    expect(layout(USUAL, 1000).span).toBe(5);
    expect(layout(USUAL, 800).span).toBe(3); // without a rate, and the age is in the place of the time left
    expect(layout(["queue"], 1440).span).toBe(0);
  });

  test("have a track for each cell", () => {
    for (const width of [720, 900, 1180, 1440, 2560]) {
      const { columns, tracks } = layout(COLUMNS, width);
      // Where time left and age share a cell, one of the two has no track.
      const cells = columns.size - (width < 900 ? 1 : 0);
      expect(tracks.replace(/minmax\([^)]*\)/g, "minmax").split(" ")).toHaveLength(cells + 2);
    }
  });
});
