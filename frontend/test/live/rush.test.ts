import { describe, expect, it } from "vitest";
import { FLOOD, RUSH_BEGINS, RUSH_ENDS, Rush } from "../../src/live/rush";

/** So many changes a second for some seconds, in thirty flushes a second; the time afterwards. */
function run(rush: Rush, perSecond: number, seconds: number, from = 0): number {
  const flushes = 30 * seconds;
  for (let i = 1; i <= flushes; i += 1) rush.count(perSecond / 30, from + i / 30);
  return from + seconds;
}

describe("a rush", () => {
  it("begins when so much changes, and not before", () => {
    const rush = new Rush();
    const now = run(rush, 0.9 * RUSH_BEGINS, 10);
    expect(rush.on.value).toBe(false);
    run(rush, 1.2 * RUSH_BEGINS, 3, now);
    expect(rush.on.value).toBe(true);
  });

  it("goes on while not much less changes", () => {
    const rush = new Rush();
    const now = run(rush, 2 * RUSH_BEGINS, 3);
    run(rush, 1.2 * RUSH_ENDS, 10, now);
    expect(rush.on.value).toBe(true);
  });

  it("lets rows stand for a moment only while it is a flood", () => {
    const rush = new Rush();
    const now = run(rush, 0.9 * FLOOD, 5);
    expect(rush.stands).toBe(0);
    const later = run(rush, 1.2 * FLOOD, 3, now);
    expect(rush.stands).toBe(100);
    rush.count(0, later + 5);
    expect(rush.stands).toBe(0);
  });

  it("ends when nothing changes any more, once somebody looks at the time", () => {
    const rush = new Rush();
    const now = run(rush, 2000, 3);
    rush.count(0, now + 1);
    expect(rush.on.value).toBe(true);
    rush.count(0, now + 5);
    expect(rush.on.value).toBe(false);
  });
});
