/** What a bar shows of the tasks of a workflow. */

import { describe, expect, test } from "vitest";
import { lookOfMembers, workflow } from "../../src/element/members";
import { Speech } from "../../src/text/element/speech";
import { seen } from "../support/seen";
import { task } from "../support/tasks";

const english = new Speech("en");

describe("several tasks together", () => {
  test.each([
    [{ PENDING: 7 }, "PENDING", 0],
    [{ RETRY: 1 }, "PENDING", 0],
    [{ PENDING: 6, STARTED: 1 }, "PROGRESS", 0],
    [{ SUCCESS: 3, RECEIVED: 4 }, "PROGRESS", 42],
    [{ SUCCESS: 3, FAILURE: 1, PENDING: 3 }, "PROGRESS", 42],
    [{ SUCCESS: 7 }, "SUCCESS", 100],
    [{ SUCCESS: 6, FAILURE: 1 }, "FAILURE", 85],
    [{ SUCCESS: 6, LOST: 1 }, "FAILURE", 85],
    [{ SUCCESS: 6, REVOKED: 1 }, "REVOKED", 85],
  ] as const)("of which %o are %s", (totals, state, percent) => {
    expect(workflow("r", seen({ totals }))).toMatchObject({ id: "r", state, percent });
  });

  test("are nothing before the first of them is known", () => {
    expect(workflow("r", seen({ totals: { PENDING: 0 } }))).toBeNull();
  });

  test("count what those that run have done", () => {
    const row = { state: "PROGRESS", offset: 1 } as const;
    const tasks = [
      task({ ...row, id: "a", percent: 50 }),
      task({ ...row, id: "b", percent: null }),
      task({ ...row, id: "c", state: "FAILURE", percent: 90 }),
    ];
    const totals = { PROGRESS: 2, FAILURE: 1, SUCCESS: 1 };
    expect(workflow("r", seen({ tasks, totals }))).toMatchObject({
      percent: 37,
      members: { total: 4, waiting: 0, running: 2, succeeded: 1, failed: 1, stopped: 0 },
    });
  });

  test("are not done before there are as many as the page expects", () => {
    expect(workflow("r", seen({ totals: { SUCCESS: 3 } }), 4)).toMatchObject({
      state: "PROGRESS",
      percent: 75,
      members: { total: 4, waiting: 1 },
    });
  });
});

describe("a bar of several tasks", () => {
  test("counts them, and says which one failed and why", () => {
    const error = { type: "E", message: "No such file", traceback: null };
    const tasks = [
      task({ id: "b", offset: 2, state: "PROGRESS", percent: 50, name: "shop.resize" }),
      task({ id: "a", offset: 1, state: "FAILURE", label: "cat.jpg", error }),
    ];
    const told = seen({ tasks, totals: { SUCCESS: 3, FAILURE: 1, PROGRESS: 1, PENDING: 2 } });
    const shown = lookOfMembers(told, workflow("r", told), "", english);
    expect(shown).toMatchObject({
      name: "Progress",
      pace: "3 of 7, 1 failed",
      message: "cat.jpg: No such file",
      slot: "running",
      steps: [{ name: "resize", percent: 50 }],
    });
  });

  test("says how all of them ended", () => {
    const pace = (totals: Record<string, number>) => {
      const told = seen({ totals });
      return lookOfMembers(told, workflow("r", told), "Pictures", english).pace;
    };
    expect(pace({ SUCCESS: 7 })).toBe("Done, 7 of 7");
    expect(pace({ SUCCESS: 5, FAILURE: 2 })).toBe("5 of 7, 2 failed");
    expect(pace({ SUCCESS: 5, REVOKED: 2 })).toBe("Stopped, 5 of 7");
  });

  test("says that none has begun", () => {
    expect(lookOfMembers(seen(), null, "Pictures", english)).toMatchObject({
      state: null,
      name: "Pictures",
      message: "Not started yet",
    });
  });
});
