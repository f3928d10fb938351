import { expect, test } from "vitest";
import { withoutEscapes } from "../../src/contract/escapes";
import type { LogEntry, Task } from "../../src/contract/messages";
import { lineText } from "../../src/pages/task/log/log_lines";
import { says } from "../../src/text/states";

test.each([
  ["\x1b[31mred\x1b[0m", "red"],
  ["\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"],
  ["two\n\x1b[1;38;5;9mlines\x1b[m\tand \x9b4mmore", "two\nlines\tand more"],
  ["cut off\x1b[38;5", "cut off"],
  ["alone \x1b", "alone "],
  ["a[31m text", "a[31m text"],
])("%j is shown without escapes", (text, shown) => {
  expect(withoutEscapes(text)).toBe(shown);
});

test("a line of the log and what a task says are shown without escapes", () => {
  const said = "\x1b[31mred\x1b[0m";
  expect(lineText({ message: said } as LogEntry)).toBe("red");
  expect(says({ error: null, message: said } as unknown as Task)).toBe("red");
});
