import { expect, test } from "vitest";
import { taskOf } from "../../src/api/mailbox";

const ID = "9f2c1d3e-0000-4000-8000-123456789abc";

test.each([
  [`<${ID}@example.com>`, ID],
  [`<${ID}.12@localhost>`, `${ID}.12`],
  [`<${ID}>`, null],
  ["<somebody@else>", null],
  [`<${ID}/../../x@localhost>`, null],
])("a Message-ID of %s names the task %s", (value, task) => {
  expect(taskOf([["message-id", value]])).toBe(task);
});

test("a message without a Message-ID names no task", () => {
  expect(taskOf([["Subject", `<${ID}@example.com>`]])).toBe(null);
});
