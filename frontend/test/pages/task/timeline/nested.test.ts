import { expect, test } from "vitest";
import type { LogEntry, Try } from "../../../../src/contract/messages";
import { groups, stepNames } from "../../../../src/pages/task/log/groups";
import { belongs, partOf } from "../../../../src/pages/task/parts";
import {
  brokenOff,
  extent,
  firstShown,
  stepsMade,
  tryOf,
} from "../../../../src/pages/task/timeline/nested";
import { step, task } from "../../../support/tasks";

const over = { worker: null, state: "RETRY" as const, error: null, args: null, kwargs: null };
const TRIES: readonly Try[] = [
  { ...over, run: "r1", started_at: 1, finished_at: 5, steps: [step({ key: "1", name: "Old" })] },
  { ...over, run: "r2", started_at: 7, finished_at: null },
];
const steps = [step({ key: "1", name: "New" }), step({ key: "1.1", description: "Part" })];
const TASK = task({ id: "a", offset: 1, tries: TRIES, steps });

function entry(id: number, fields: Partial<LogEntry>): LogEntry {
  return { id: `${id}-0`, at: id, kind: "log", level: "info", message: "", ...fields };
}

const LOG = [
  entry(1, { kind: "state", message: "STARTED" }),
  entry(2, { step: "1" }),
  entry(3, { step: "1" }),
  entry(5, { kind: "state", message: "RETRY" }),
  entry(7, { kind: "state", message: "STARTED" }),
  entry(8, { step: "1", run: "r2" }),
  entry(9, { step: "1.1", run: "r2" }),
  entry(10, { step: "11", run: "r2" }),
];

test.each([
  ["the first try has the lines without a token", { ...partOf(TASK, 0) }, "1 2 3 5"],
  ["a later try has those of its token", { ...partOf(TASK, 1) }, "7 8 9 10"],
  ["a step has what its own steps say", { ...partOf(TASK, 1), step: "1" }, "8 9"],
  ["a step of the first try has no line of another", { ...partOf(TASK, 0), step: "1" }, "2 3"],
])("of a log %s", (_, part, ids) => {
  const found = LOG.filter((each) => belongs(each, part)).map(({ at }) => at);
  expect(found.join(" ")).toBe(ids);
});

test("where the first tries are not known, no line is of the first of those that are", () => {
  const part = partOf({ ...TASK, earlier_tries: 3 }, 0);
  expect(belongs(entry(2, { step: "1" }), part)).toBe(false);
});

test("lines of one step that follow each other are one group", () => {
  expect(groups(LOG).map(({ step, entries }) => [step, entries.length])).toEqual([
    [undefined, 1],
    ["1", 2],
    [undefined, 2],
    ["1", 1],
    ["1.1", 1],
    ["11", 1],
  ]);
});

test("the steps of each try have their names", () => {
  expect(Object.fromEntries(stepNames(TASK))).toEqual({
    "r1/1": "Old",
    "/1": "Old",
    "r2/1": "New",
    "r2/1.1": "Part",
  });
});

test.each([
  [{ started_at: 2, finished_at: 3 }, [2, 3]],
  [{ started_at: 2 }, [2, 5]],
  [{}, [1, 5]],
  [{ started_at: 0, finished_at: 9 }, [1, 5]],
])("a step with %o lasts within its try", (times, expected) => {
  const { from, to } = extent(step({ key: "1", ...times }), { kind: "running", from: 1, to: 5 });
  expect([from, to]).toEqual(expected);
});

test("a run of the timeline is the try that started when it did", () => {
  const run = (from: number) => ({
    number: 1,
    ended: null,
    spans: [{ kind: "running" as const, from, to: from + 1 }],
  });
  expect([tryOf(run(1.2), TRIES), tryOf(run(6.9), TRIES)]).toEqual([0, 1]);
  expect(tryOf({ number: 3, ended: null, spans: [] }, TRIES)).toBe(-1);
});

test("of many steps those under way and the last are shown first", () => {
  const many = [...Array(200).keys()].map((n) => step({ key: `${n + 1}`, done: n > 0 }));
  expect(firstShown(many, 4).map(({ key }) => key)).toEqual(["1", "198", "199", "200"]);
  expect(firstShown(many.slice(0, 5), 4)).toHaveLength(5);
});

const DONE = { done: true };
const LEFT = { done: false };

test.each([
  [
    "it broke off in the step that was left, and in that around it",
    [
      step({ key: "1", started_at: 1, finished_at: 3, ...DONE }),
      step({ key: "2", started_at: 3, finished_at: 9, ...LEFT }),
      step({ key: "2.1", started_at: 4, finished_at: 5, ...DONE }),
      step({ key: "2.2", started_at: 6, finished_at: 8.9, ...LEFT }),
    ],
    "2 2.2",
  ],
  [
    "an error that was caught is not where it broke off",
    [
      step({ key: "1", started_at: 1, finished_at: 3, ...LEFT }),
      step({ key: "2", started_at: 4, finished_at: 5, ...DONE }),
    ],
    "",
  ],
  [
    "what its worker never ended is",
    [
      step({ key: "1", started_at: 1, finished_at: 3, ...DONE }),
      step({ key: "2", started_at: 3, finished_at: null, ...LEFT }),
    ],
    "2",
  ],
  ["of steps without times, those that were not done are", [step({ key: "1", ...LEFT })], "1"],
  ["without steps it broke off in none", [], ""],
])("%s", (_, all, keys) => {
  expect([...brokenOff(all)].map(({ key }) => key).join(" ")).toBe(keys);
});

test("keys tell how many steps there were, also of those that are not kept", () => {
  const kept = ["3", "38", "38.2", "138", "138.1.4"].map((key) => step({ key }));
  expect(stepsMade(kept)).toBe(138 + 2 + 4);
  expect(stepsMade([])).toBe(0);
});
