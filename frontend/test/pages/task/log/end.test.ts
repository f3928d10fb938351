import { describe, expect, test } from "vitest";
import { follows } from "../../../../src/pages/task/log/end";

/** A log of 1,000 pixels of which 200 are visible. */
const at = (scrollTop: number) => ({ scrollTop, scrollHeight: 1000, clientHeight: 200 });

describe("the end of a log", () => {
  test("is no longer followed once one scrolls up", () => {
    expect(follows(true, 800, at(700))).toBe(false);
    expect(follows(false, 700, at(750))).toBe(false);
  });

  test("is followed again once one is back at it", () => {
    expect(follows(false, 700, at(790))).toBe(true);
  });

  test("is still followed where the log has grown before the browser tells that it was scrolled there", () => {
    expect(follows(true, 500, at(600))).toBe(true);
    expect(follows(true, 600, at(600))).toBe(true);
  });
});
