import { describe, expect, test } from "vitest";
import { STATES } from "../../src/contract/messages";
import { errorText, outcome, says, stateWord } from "../../src/text/states";
import { step, task } from "../support/tasks";

const NOW = 1000;

function said(fields: Parameters<typeof task>[0]): string {
  return outcome(task(fields), NOW).replaceAll("\u00a0", " ");
}

describe("the outcome shown instead of a bar", () => {
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

  test("is not empty for any state without a bar", () => {
    const empty = STATES.filter((state) => said({ ...base, state }) === "");
    expect(empty).toEqual(["STARTED", "PROGRESS"]);
  });
});

test("a state has one word: that of the filter, and the outcome of a waiting task begins with it", () => {
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

test("a task that failed reports its error rather than its last message", () => {
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

test("a task without a message reports the step it is at", () => {
  const steps = [step({ key: "1", description: "Importing" })];
  expect(says(task({ id: "a", offset: 1, steps }))).toBe("Importing");
  expect(says(task({ id: "a", offset: 1, steps, message: "row 7" }))).toBe("row 7");
});

test.each([
  [{ type: "ValueError", message: "too large" }, "ValueError: too large"],
  [{ type: "ValueError", message: "" }, "ValueError"],
  [{ type: "Retry", message: "Retry in 1s" }, "Retry in 1s"],
])("the error %o is said as “%s”, with its type once", (error, said) => {
  expect(errorText(error)).toBe(said);
});
