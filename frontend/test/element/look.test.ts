/** What an embedded bar shows of its task. */

import { describe, expect, test } from "vitest";
import type { Seen } from "../../src/element/feed";
import { look } from "../../src/element/look";
import { step, task } from "../support/tasks";

function seen(fields: Partial<Seen> = {}): Seen {
  return {
    task: null,
    answered: true,
    refusal: null,
    link: { kind: "live", roundTrip: null },
    now: 1000,
    ...fields,
  };
}

describe("a bar", () => {
  test("says that it connects, then that its task is unknown", () => {
    const connecting = look(seen({ answered: false, link: { kind: "connecting" } }));
    expect([connecting.message, connecting.state]).toEqual(["Connecting", null]);
    expect(look(seen()).message).toBe("Not started yet");
  });

  test("says in the server's words why it is refused", () => {
    expect(look(seen({ refusal: "The token has expired." })).message).toBe(
      "The token has expired.",
    );
  });

  test("is titled by the label of the page, else by that of the task, else by its name", () => {
    const fields = { id: "t1", offset: 1, name: "shop.import_orders" };
    const labelled = seen({ task: task({ ...fields, label: "ACME <b>Corp</b>" }) });
    expect([look(labelled, "Your import").name, look(labelled).name]).toEqual([
      "Your import",
      "ACME <b>Corp</b>",
    ]);
    expect(look(seen({ task: task(fields) })).name).toBe("import_orders");
  });

  test("keeps its task and says why nothing more comes once its token has expired", () => {
    const row = task({ id: "t1", offset: 1, state: "PROGRESS", percent: 47, message: "Importing" });
    const link = { kind: "reconnecting", since: 1, denied: false, scattered: false } as const;
    const shown = look(seen({ task: row, refusal: "This token expired.", link }));
    expect([shown.percent, shown.message, shown.link]).toEqual([
      47,
      "Importing",
      "This token expired.",
    ]);
    expect(shown.old).toBe(true);
    expect(look(seen({ refusal: "This token expired.", link })).link).toBe("");
  });

  test("shows progress, rate, time left and step of a running task", () => {
    const row = task({
      id: "t1",
      offset: 1,
      name: "shop.import_orders",
      state: "PROGRESS",
      percent: 47.9,
      steps: [
        step({
          key: "1",
          description: "Orders",
          current: 47,
          total: 100,
          unit: "row",
          rate: 12,
          eta: 4.4,
        }),
        step({ key: "1.1", description: "Page 3", current: 1, total: 4 }),
      ],
    });
    const shown = look(seen({ task: row }));
    expect(shown).toMatchObject({
      name: "import_orders",
      percent: 47,
      pace: "12\u00a0rows/s, 4\u00a0s left",
      message: "Page 3",
    });
    expect(shown.steps.map(({ name, depth, percent }) => [name, depth, percent])).toEqual([
      ["Orders", 0, 47],
      ["Page 3", 1, 25],
    ]);
  });

  test("shows the label of the page instead of the name of the task", () => {
    expect(look(seen({ task: task({ id: "t1", offset: 1 }) }), "Your import").name).toBe(
      "Your import",
    );
  });

  test.each([
    ["SUCCESS", 100, "Done in 2.5\u00a0s", "42 rows"],
    ["FAILURE", 30, "Failed", "No such file"],
    ["REVOKED", 30, "Stopped", "No such file"],
  ] as const)("that is %s shows how it ended", (state, percent, pace, message) => {
    const row = task({
      id: "t1",
      offset: 1,
      state,
      percent: 30,
      started_at: 10,
      finished_at: 12.5,
      message: "42 rows",
      error: state === "SUCCESS" ? null : { type: "E", message: "No such file", traceback: null },
      steps: [step({ key: "1" })],
    });
    expect(look(seen({ task: row }))).toMatchObject({ percent, pace, message, steps: [] });
  });

  test("counts down to the next try", () => {
    const row = task({ id: "t1", offset: 1, state: "RETRY", eta: 1012 });
    expect(look(seen({ task: row })).pace).toBe("Tried again in 12\u00a0s");
  });

  test("looks old while the connection is lost, and while the server waits for Redis", () => {
    const row = task({ id: "t1", offset: 1 });
    const lost = look(
      seen({
        task: row,
        link: { kind: "reconnecting", since: 1, denied: false, scattered: false },
      }),
    );
    expect([lost.old, lost.link]).toEqual([true, "Reconnecting"]);
    const stale = look(seen({ task: row, link: { kind: "stale", since: 1 } }));
    expect([stale.old, stale.link.slice(0, 6)]).toEqual([true, "As of "]);
    const next = look(seen({ task: row, answered: false, link: { kind: "connecting" } }));
    expect([next.old, next.link]).toEqual([true, "Reconnecting"]);
  });
});
