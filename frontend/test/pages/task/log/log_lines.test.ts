import { describe, expect, test } from "vitest";
import type { LogEntry } from "../../../../src/contract/messages";
import { filterLog, lineText, logText } from "../../../../src/pages/task/log/log_lines";

const LOG: LogEntry[] = [
  { id: "1-0", at: 0, kind: "state", level: "info", message: "STARTED" },
  { id: "2-0", at: 1, kind: "log", level: "debug", message: "looking around" },
  { id: "3-0", at: 2, kind: "log", level: "INFO", message: "42 rows read" },
  { id: "4-0", at: 3, kind: "log", level: "warning", message: "2 Rows skipped" },
  { id: "5-0", at: 4.5, kind: "log", level: "critical", message: "gave up" },
  { id: "6-0", at: 5, kind: "log", level: "chatty", message: "who knows" },
];

describe("of a log", () => {
  test.each([
    [null, "", "1 2 3 4 5 6"],
    ["info", "", "3 4 5 6"],
    ["warning", "", "4 5"],
    ["error", "", "5"],
    [null, "ROWS", "3 4"],
    ["warning", "rows", "4"],
    [null, "nothing like it", ""],
  ] as const)("the entries of level %s with '%s' in them are %s", (least, find, ids) => {
    const found = filterLog(LOG, { least, find }).map(({ id }) => id.replace("-0", ""));
    expect(found.join(" ")).toBe(ids);
  });

  test("the fields of a line are shown, found and copied with it", () => {
    const fields = { order: 17, last: true, to: null, "<b>": "\u202e<i>" };
    const sent: LogEntry = {
      id: "7-0",
      at: 6,
      kind: "log",
      level: "info",
      message: "Sent",
      fields,
    };
    expect(lineText(sent)).toBe("Sent  order=17  last=true  to=null  <b>=\u202e<i>");
    expect(filterLog([...LOG, sent], { least: null, find: "ORDER=17" })).toEqual([sent]);
    expect(logText([sent])).toContain("info     Sent  order=17");
  });

  test("the text has a line each, with times that mean the same everywhere", () => {
    expect(logText(LOG.slice(0, 2)).split("\n")).toEqual([
      "1970-01-01T00:00:00.000Z state    STARTED",
      "1970-01-01T00:00:01.000Z debug    looking around",
      "",
    ]);
  });
});
