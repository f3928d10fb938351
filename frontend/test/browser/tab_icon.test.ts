import { describe, expect, test } from "vitest";
import { dots, iconOf } from "../../src/browser/tab_icon";

describe("the icon", () => {
  test("has one full dot per 20 %", () => {
    expect([null, 0, 19, 20, 55, 80, 99, 100].map(dots)).toEqual([0, 0, 0, 1, 2, 4, 4, 5]);
  });

  test("is hollow while there is no connection, whatever the task does", () => {
    expect(iconOf(false, { state: "PROGRESS", percent: 50 })).toContain("lost");
    expect(iconOf(false, null)).toContain("lost");
  });

  test("follows the task that is shown, and is the mark on other pages", () => {
    expect(iconOf(true, null)).toContain("mark");
    expect(iconOf(true, null, 0)).toContain("mark");
    expect(iconOf(true, { state: "PENDING", percent: null })).toContain("none");
    expect(iconOf(true, { state: "PROGRESS", percent: 47 })).toContain("two");
    expect(iconOf(true, { state: "SUCCESS", percent: 100 })).toContain("succeeded");
    expect(iconOf(true, { state: "LOST", percent: 30 })).toContain("failed");
  });
});

test("the icon bears the number of the watched view, and of a task's page the task", () => {
  expect(iconOf(true, null, 3)).toContain("/3");
  expect(iconOf(true, null, 10)).toContain("more");
  expect(iconOf(true, { state: "SUCCESS", percent: 100 }, 3)).toContain("succeeded");
  expect(iconOf(false, null, 3)).toContain("lost");
});
