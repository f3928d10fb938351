import { expect, test } from "vitest";
import { openingDraft } from "../../../src/pages/launch/draft";
import { summary, withoutSecrets } from "../../../src/pages/launch/launched";
import { fields } from "../../../src/pages/launch/schema";

const FORM = fields({
  properties: {
    host: { type: "string" },
    password: { type: "string", format: "password" },
    file: { type: "string", format: "upload" },
    times: { type: "integer", default: 3 },
  },
});

test("what is kept of a launch has no secrets and no files", () => {
  const raw = { host: "a", password: "hunter2", file: "cat.jpg", times: "4" };
  expect(withoutSecrets(FORM, raw)).toEqual({ host: "a", times: "4" });
});

test("a form opens with what an earlier launch had, and else with its defaults", () => {
  expect(openingDraft(FORM, { host: "a" }).raw).toEqual({
    host: "a",
    password: "",
    file: "",
    times: "3",
  });
});

test("a launch is told in a line, however much its form held", () => {
  expect(summary({ host: "a", empty: "", "when.queue": "slow" })).toBe("host a, queue slow");
  expect(summary({ text: "x".repeat(100_000) }).length).toBeLessThan(90);
});
