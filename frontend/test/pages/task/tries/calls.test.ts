import { expect, test } from "vitest";
import type { Try } from "../../../../src/contract/messages";
import { callsOf, callText, hasOtherArguments } from "../../../../src/pages/task/tries/calls";
import { taskText } from "../../../../src/text/task";

const arguments_ = (args: string | null, kwargs: string | null) => ({ args, kwargs });
const tried = (args: string | null, kwargs: string | null): Try => ({
  run: null,
  worker: null,
  started_at: null,
  finished_at: null,
  state: "RETRY",
  error: null,
  ...arguments_(args, kwargs),
});

test.each([
  ['["/tmp/a.png"]', '{"size": 4000}', '("/tmp/a.png", size=4000)'],
  ["[[1, 2], null]", '{"deep": {"a": [true]}}', '([1,2], null, deep={"a":[true]})'],
  [null, "{}", "()"],
  ["()", null, "()"],
  ["…", null, "(…)"],
  ['["a", …', '{"b": …', '(*["a", …, **{"b": …)'],
  ["[12345678901234567890]", null, "(*[12345678901234567890])"],
])("%s and %s are the call %s", (args, kwargs, call) => {
  expect(callText(arguments_(args, kwargs))).toBe(call);
});

test("a try says its call where it differs from that of the try before", () => {
  const tries = [
    tried("[1]", "{}"),
    tried("[1]", "{}"),
    tried("[1]", '{"n":2}'),
    tried(null, null),
  ];
  const task = { ...arguments_("[1]", '{"n":2}'), tries };
  expect(callsOf(task)).toEqual(["(1)", null, "(1, n=2)", null]);
  expect(hasOtherArguments(task)).toBe(true);
});

test("tries that were called alike do not say how", () => {
  const task = { ...arguments_("[1]", "{}"), tries: [tried(null, null), tried(null, null)] };
  expect(callsOf(task)).toEqual([null, null]);
  expect(hasOtherArguments(task)).toBe(false);
});

test.each([
  ["Retry in 1s", "asked for another in 1s"],
  ["no luck yet", "asked for another: no luck yet"],
  ["", "asked for another"],
])("of a retry that says “%s” is said “%s”", (message, said) => {
  expect(taskText.tries.retriedAs(message)).toBe(said);
});
