import { describe, expect, it } from "vitest";
import { moved, placeOf, readable, stretch } from "../../../src/pages/activity/reading";

const TIMES = Array.from({ length: 100 }, (_, place) => 1000 + 10 * place);

describe("the times that can be read", () => {
  it("are those that the plot shows", () => {
    expect(readable(TIMES, [1015, 1040])).toEqual([1020, 1030, 1040]);
  });

  it("are found again after they moved on", () => {
    expect(placeOf(TIMES, 1033)).toBe(3);
    expect(placeOf([], 1033)).toBe(-1);
  });
});

describe("a key", () => {
  it.each([
    ["ArrowLeft", 1490],
    ["ArrowRight", 1510],
    ["PageDown", 1000],
    ["PageUp", 1990],
    ["Home", 1000],
    ["End", 1990],
  ])("%s leads along the plot, and not beyond it", (key, at) => {
    expect(moved(TIMES, { at: 1500, from: null }, key, false)).toEqual({ at, from: null });
  });

  it("leads nowhere where it is another one, or where there is nothing", () => {
    expect(moved(TIMES, { at: 1500, from: null }, "Enter", false)).toBeNull();
    expect(moved([], { at: 1500, from: null }, "ArrowLeft", false)).toBeNull();
  });
});

describe("a stretch", () => {
  it("is marked with Shift from where it began, in whatever direction", () => {
    const first = moved(TIMES, { at: 1500, from: null }, "ArrowLeft", true);
    const second = first && moved(TIMES, first, "ArrowLeft", true);
    expect(second).toEqual({ at: 1480, from: 1500 });
    expect(second && stretch(second)).toEqual([1480, 1500]);
  });

  it("is none without Shift, and none of no length", () => {
    expect(stretch({ at: 1500, from: 1500 })).toBeNull();
    expect(moved(TIMES, { at: 1480, from: 1500 }, "ArrowRight", false)?.from).toBeNull();
  });
});
