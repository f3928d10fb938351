import { describe, expect, test } from "vitest";
import { STATES } from "../../src/contract/messages";
import {
  argumentsText,
  besides,
  directionOf,
  errorText,
  outcome,
  resultText,
  says,
  stateWord,
  told,
} from "../../src/text/states";
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

describe("what a task says that does not run", () => {
  const error = { type: "Refused", message: "no", traceback: null };
  const base = { id: "a", offset: 1, message: "step 3 of 3", started_at: 1, finished_at: 3 };

  test.each([
    [{ state: "FAILURE", error }, "Refused: no"],
    [{ state: "LOST", error }, "Refused: no"],
    [{ state: "RETRY", error, eta: NOW + 8 }, "Refused: no"],
    [{ state: "FAILURE", message: null, retries: 3 }, "failed"],
    [{ state: "SUCCESS", result: '"3 sent"' }, "3 sent"],
    [{ state: "SUCCESS", result: "null" }, "step 3 of 3"],
    [{ state: "SUCCESS", result: null, message: null }, "done"],
    [{ state: "REVOKED", message: null }, "revoked"],
    [{ state: "REVOKED", message: null, started_at: null }, "revoked before it started"],
    [{ state: "PENDING", message: null }, "waiting for a worker"],
    [{ state: "PENDING", started_at: null, revoked_at: 5 }, "revoked, dropped when its turn comes"],
    [{ state: "RETRY", error, eta: NOW + 8, revoked_at: 5 }, "revoked, dropped when it is due"],
    // The workers have forgotten the revocation: a run began after it.
    [{ state: "RETRY", error, started_at: 6, revoked_at: 5 }, "Refused: no"],
  ] as const)("of %o is “%s”", (fields, said) => {
    expect(told(task({ ...base, ...fields }), NOW)).toBe(said);
  });

  test.each([
    [{ state: "FAILURE", error }, true, []],
    [{ state: "FAILURE", error }, false, ["2.0 s"]],
    [{ state: "FAILURE", error, retries: 2 }, true, ["3 tries"]],
    [{ state: "RETRY", error, eta: NOW + 8 }, true, ["tries again in 8 s"]],
    [{ state: "RETRY", eta: NOW + 8 }, true, []],
    [{ state: "PENDING" }, false, []],
  ] as const)(
    "has beside it, of %o with a column for run times %s, %o",
    (fields, hasRan, notes) => {
      const found = besides(task({ ...base, ...fields }), NOW, hasRan);
      expect(found.map((note) => note.replaceAll("\u00a0", " "))).toEqual(notes);
    },
  );

  test.each([
    ['{"rows": 3}', '{"rows": 3}'],
    ["[1, 2", "[1, 2"],
    ["<Thing at 0x1>", "<Thing at 0x1>"],
    ["42", "42"],
    ["None", ""],
    ['{"files": [{"id": "1", "filename": "a.pdf"}, {"filename": "b.pdf"}]}', "a.pdf, b.pdf"],
    ['{"files": [7]}', '{"files": [7]}'],
    ['{"files": null}', '{"files": null}'],
  ])("of the result %s is “%s”", (result, said) => {
    expect(resultText(result)).toBe(said);
  });
});

test.each([
  ['["cat.jpg",200]', "{}", '"cat.jpg", 200'],
  ["[]", '{"width":200,"to":["a"]}', 'width=200, to=["a"]'],
  ["[1]", '{"x":null}', "1, x=null"],
  ["('a', <Thing>)", "{}", "('a', <Thing>)"],
  ['["a long tex…', "…", '["a long tex…, …'],
  [null, null, ""],
])("arguments %s and %s are told as %s", (args, kwargs, said) => {
  expect(argumentsText({ args, kwargs })).toBe(said);
});

test("a text has the direction of its first letter, and an error that of its message", () => {
  expect(directionOf("طلبية رقم 17")).toBe("rtl");
  expect(directionOf("17: «שלום»")).toBe("rtl");
  expect(directionOf("ValueError: طلبية")).toBe("rtl");
  expect(directionOf("Order طلبية")).toBeUndefined();
  expect(directionOf("ValueError: no طلبية")).toBeUndefined();
  expect(directionOf("17 %")).toBeUndefined();
});
