/** What an embedded bar shows of its task. */

import { describe, expect, test } from "vitest";
import { look } from "../../src/element/look";
import { Speech } from "../../src/text/element/speech";
import { seen } from "../support/seen";
import { step, task } from "../support/tasks";

describe("a bar", () => {
  test("says that it connects, then that its task is unknown", () => {
    const connecting = look(seen({ answered: false, link: { kind: "connecting" } }));
    expect([connecting.message, connecting.state]).toEqual(["Connecting", null]);
    expect(look(seen()).message).toBe("Not started yet");
  });

  test("says in the server's words why it is refused", () => {
    expect(look(seen({ refusal: { why: "told", text: "The token has expired." } })).message).toBe(
      "The token has expired.",
    );
  });

  test("is titled by the label of the page, else by that of the task, else by its name", () => {
    const fields = { id: "t1", offset: 1, name: "shop.import_orders" };
    const labelled = seen({ tasks: [task({ ...fields, label: "ACME <b>Corp</b>" })] });
    expect([look(labelled, "Your import").name, look(labelled).name]).toEqual([
      "Your import",
      "ACME <b>Corp</b>",
    ]);
    expect(look(seen({ tasks: [task(fields)] })).name).toBe("import_orders");
  });

  test("keeps its task and says why nothing more comes once its token has expired", () => {
    const row = task({ id: "t1", offset: 1, state: "PROGRESS", percent: 47, message: "Importing" });
    const link = { kind: "reconnecting", since: 1, denied: false, scattered: false } as const;
    const shown = look(seen({ tasks: [row], refusal: { why: "expired", text: "" }, link }));
    expect([shown.percent, shown.message, shown.link]).toEqual([
      47,
      "Importing",
      "This page's permission has ended. Load it again.",
    ]);
    expect([shown.slot, shown.linkSlot, shown.old]).toEqual(["running", "expired", true]);
    expect(look(seen({ refusal: { why: "expired", text: "" }, link })).link).toBe("");
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
    const shown = look(seen({ tasks: [row] }));
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
    expect(look(seen({ tasks: [task({ id: "t1", offset: 1 })] }), "Your import").name).toBe(
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
    expect(look(seen({ tasks: [row] }))).toMatchObject({ percent, pace, message, steps: [] });
  });

  test.each([
    ["PENDING", "waiting"],
    ["PROGRESS", "running"],
    ["RETRY", "retrying"],
    ["SUCCESS", "succeeded"],
    ["FAILURE", "failed"],
    ["REVOKED", "stopped"],
    ["LOST", "lost"],
  ] as const)("that is %s has a place for a text of the page", (state, slot) => {
    expect(look(seen({ tasks: [task({ id: "t1", offset: 1, state })] })).slot).toBe(slot);
  });

  test("has places for texts of the page while its task is unknown, and once it is refused", () => {
    expect(look(seen()).slot).toBe("waiting");
    expect(look(seen({ answered: false })).slot).toBe("none");
    expect(look(seen({ refusal: { why: "expired", text: "" } })).slot).toBe("expired");
    expect(look(seen({ refusal: { why: "forbidden", text: "" } })).slot).toBe("none");
  });

  test("says in the language of the page what it counts and how long it takes", () => {
    const steps = [
      step({ key: "1", current: 1500, total: 20_000, unit: "row", rate: 12, eta: 65 }),
    ];
    const row = task({ id: "t1", offset: 1, state: "PROGRESS", percent: 7, steps });
    const shown = look(seen({ tasks: [row] }), "", new Speech("de"));
    expect([shown.percentText, shown.pace, shown.steps[0]?.amount]).toEqual([
      "7\u00a0%",
      "12\u00a0rows/s, noch 1\u00a0Min.",
      "1.500 von 20.000\u00a0rows",
    ]);
  });

  test("keeps figures apart where letters run from right to left", () => {
    const row = task({ id: "t1", offset: 1, state: "SUCCESS", started_at: 10, finished_at: 13 });
    const { pace } = look(seen({ tasks: [row] }), "", new Speech("ar"));
    expect(pace).toBe("اكتملت في \u20683.0\u00a0ث\u2069");
  });

  test("counts down to the next try", () => {
    const row = task({ id: "t1", offset: 1, state: "RETRY", eta: 1012 });
    expect(look(seen({ tasks: [row] })).pace).toBe("Tried again in 12\u00a0s");
  });

  test("looks old while the connection is lost, and while the server waits for Redis", () => {
    const row = task({ id: "t1", offset: 1 });
    const lost = look(
      seen({
        tasks: [row],
        link: { kind: "reconnecting", since: 1, denied: false, scattered: false },
      }),
    );
    expect([lost.old, lost.link]).toEqual([true, "Reconnecting"]);
    const behind = (by: number) =>
      look(seen({ tasks: [row], link: { kind: "behind", by }, now: 100 }));
    expect([behind(2).link, behind(2).old]).toEqual(["", false]);
    expect([behind(60).link, behind(60).old]).toEqual([expect.stringMatching(/^As of/), true]);
    const stale = look(seen({ tasks: [row], link: { kind: "stale", since: 1 } }));
    expect([stale.old, stale.link.slice(0, 6)]).toEqual([true, "As of "]);
    const next = look(seen({ tasks: [row], answered: false, link: { kind: "connecting" } }));
    expect([next.old, next.link]).toEqual([true, "Reconnecting"]);
  });
});
