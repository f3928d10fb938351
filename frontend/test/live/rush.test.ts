import { describe, expect, it } from "vitest";
import { FLOOD, RUSH_BEGINS, RUSH_ENDS, Rush } from "../../src/live/rush";

/** A page to which changes come, in thirty frames a second. */
class Page {
  now = 0;
  readonly rush = new Rush(() => this.now);

  /** So many changes a second, for some seconds. */
  run(perSecond: number, seconds: number): void {
    for (let frame = 0; frame < 30 * seconds; frame += 1) {
      this.now += 1 / 30;
      this.rush.count(perSecond / 30);
    }
  }

  /** Nothing for some seconds, after which somebody looks at the time. */
  rest(seconds: number): void {
    this.now += seconds;
    this.rush.count(0);
  }
}

describe("a rush", () => {
  it("begins when so much changes, and not before", () => {
    const page = new Page();
    page.run(0.9 * RUSH_BEGINS, 10);
    expect(page.rush.on.value).toBe(false);
    page.run(1.2 * RUSH_BEGINS, 3);
    expect(page.rush.on.value).toBe(true);
  });

  it("goes on while not much less changes", () => {
    const page = new Page();
    page.run(2 * RUSH_BEGINS, 3);
    page.run(1.2 * RUSH_ENDS, 10);
    expect(page.rush.on.value).toBe(true);
  });

  it("lets rows stand for a moment only while it is a flood", () => {
    const page = new Page();
    page.run(0.9 * FLOOD, 5);
    expect(page.rush.stands).toBe(0);
    page.run(1.2 * FLOOD, 3);
    expect(page.rush.stands).toBe(100);
    page.rest(5);
    expect(page.rush.stands).toBe(0);
  });

  it("ends when nothing changes any more", () => {
    const page = new Page();
    page.run(2000, 3);
    page.rest(1);
    expect(page.rush.on.value).toBe(true);
    page.rest(4);
    expect(page.rush.on.value).toBe(false);
  });
});
