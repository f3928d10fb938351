import { expect, test } from "vitest";
import { tasksText } from "../../src/text/tasks";

test("an empty list says which tasks there are none of", () => {
  const { none } = tasksText;
  expect(none("failed", "")).toBe("No task is failed now.");
  expect(none(null, "cat")).toBe(
    "No task fits “cat”. Each word is looked for in names, labels, ids, queues, workers, arguments, results, errors and last words.",
  );
  expect(none("failed", "cat")).toMatch(/^No failed task fits “cat”/);
});
