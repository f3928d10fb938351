import { describe, expect, test } from "vitest";
import { STATES } from "../../src/contract/messages";
import { ago, left, outcome, paragraphs, says, stateWord, text } from "../../src/text";
import { task } from "../support/tasks";

const NOW = 1000;

function said(fields: Parameters<typeof task>[0]): string {
  return outcome(task(fields), NOW).replaceAll("\u00a0", " ");
}

describe("what stands in the place of the bar", () => {
  const base = { id: "a", offset: 1 };

  test.each([
    [{ state: "PENDING" }, "waiting for a worker"],
    [{ state: "PENDING", eta: NOW + 180 }, "starts in 3 min"],
    [{ state: "PENDING", eta: NOW - 1 }, "waiting for a worker"],
    [{ state: "RECEIVED" }, "waiting at its worker"],
    [{ state: "RETRY", eta: NOW + 8 }, "tries again in 8 s"],
    [{ state: "SUCCESS", started_at: 10, finished_at: 10.8 }, "done in 0.8 s"],
    [{ state: "SUCCESS" }, "done"],
    [{ state: "FAILURE", retries: 2 }, "failed after 3 tries"],
    [{ state: "FAILURE", started_at: 1, finished_at: 13 }, "failed after 12 s"],
    [{ state: "REVOKED" }, "revoked before it started"],
    [{ state: "LOST" }, "lost: its worker vanished"],
    [{ state: "LOST", error: { type: "WorkerLost", message: "", traceback: null } }, "lost"],
  ] as const)("of %o is '%s'", (fields, sentence) => {
    expect(said({ ...base, ...fields })).toBe(sentence);
  });

  test("is something for every state that has no bar", () => {
    const empty = STATES.filter((state) => said({ ...base, state }) === "");
    expect(empty).toEqual(["STARTED", "PROGRESS"]);
  });
});

test("a state has one word: that of the filter, with which a waiting row begins as well", () => {
  expect(STATES.map(stateWord)).toEqual([
    "waiting",
    "waiting",
    "running",
    "running",
    "retrying",
    "done",
    "failed",
    "revoked",
    "lost",
  ]);
  for (const state of ["PENDING", "RECEIVED"] as const) {
    expect(said({ id: "a", offset: 1, state })).toMatch(/^waiting /);
  }
});

test("a list without a task says what none of them has", () => {
  const { none } = text.tasks;
  expect(none("failed", "")).toBe("No task is failed now.");
  expect(none(null, "cat")).toBe(
    "No task fits “cat”. Words are looked for in names, ids, arguments and last words.",
  );
  expect(none("failed", "cat")).toMatch(/^No failed task fits “cat”/);
});

test("a task that failed says its error rather than its last words", () => {
  const error = { type: "ConnectionRefusedError", message: "nothing listens", traceback: null };
  const fields = { id: "a", offset: 1, message: "connecting", error };
  expect(says(task({ ...fields, state: "FAILURE" }))).toBe(
    "ConnectionRefusedError: nothing listens",
  );
  expect(says(task({ ...fields, state: "STARTED" }))).toBe("connecting");
  expect(says(task({ ...fields, state: "FAILURE", error: { ...error, message: "" } }))).toBe(
    "ConnectionRefusedError",
  );
});

test("a docstring is told in paragraphs, however its lines were wrapped", () => {
  expect(paragraphs("One line.\n\n  Another, wrapped\n  in two.\n")).toEqual([
    "One line.",
    "Another, wrapped in two.",
  ]);
});

test("the last half second is any moment, and the first is just now", () => {
  expect(left(0.4)).toBe("any moment");
  expect(left(12).replaceAll("\u00a0", " ")).toBe("12 s left");
  expect(ago(0.2)).toBe("just now");
  expect(ago(130).replaceAll("\u00a0", " ")).toBe("2 min ago");
});
