import { expect, test } from "vitest";
import { tasksText } from "../../src/text/tasks";

test("a search of too much says how much can be asked for", () => {
  const { fault } = tasksText;
  expect(fault.words()).toBe("At most 20 words can be looked for.");
  expect(fault.unwanted("")).toBe("At most 10 words can be excluded.");
  expect(fault.unwanted("queue")).toBe("There are too many terms “-queue:”.");
  expect(fault.often("ran")).toBe("“ran:” can be asked for 4 times at most.");
});

test("an empty list says which tasks there are none of", () => {
  const { none } = tasksText;
  expect(none("failed", "")).toBe("No task is failed now.");
  expect(none(null, "cat")).toBe(
    "No task fits “cat”. Each word is looked for in names, labels, ids, queues, workers, arguments, results, errors and last words.",
  );
  expect(none("failed", "cat")).toMatch(/^No failed task fits “cat”/);
});
