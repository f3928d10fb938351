import { describe, expect, test } from "vitest";
import { asCsv, asJson } from "../../../src/pages/tasks/export";
import { task } from "../../support/tasks";

describe("a file of tasks", () => {
  const tasks = [
    task({ id: "a", offset: 1, created_at: 0, message: 'said "no",\nthen left', args: "=1+1" }),
    task({ id: "b", offset: 2, error: { type: "E", message: "-x", traceback: null } }),
  ];

  test("as CSV is quoted where necessary, with times in UTC and no formulas", () => {
    const csv = asCsv(tasks);
    expect(csv.startsWith("id,name,state,queue,worker,created_at,")).toBe(true);
    expect(csv).toContain('"said ""no"",\nthen left"');
    expect(csv).toContain("1970-01-01T00:00:00.000Z");
    expect(csv).toContain("'=1+1");
    expect(csv).toContain("E: -x");
    expect(csv.endsWith("\r\n")).toBe(true);
  });

  test("holds no formula, whichever separator a spreadsheet takes", () => {
    const formulas = [
      "=1+1",
      "+1",
      "-1",
      "@SUM(A1)",
      "\t=1",
      "\r=1",
      "  =1",
      "\ufeff=1",
      '"=1',
      "\uff1d1",
      "\uff0b1",
    ];
    const before = ["", "x;", "x|", "x\t", "x\n", 'x";', "x; ", "x;'"];
    const texts = before.flatMap((start) => formulas.map((formula) => start + formula));
    const csv = asCsv(
      texts.map((text, offset) => task({ id: `i${offset}`, offset, message: text })),
    );
    for (const separator of [/[\r\n]+|;/, /[\r\n]+|\|/, /[\r\n]+|\t/]) {
      const cells = csv.split(separator).map((each) => each.replace(/^[\s"\ufeff]+/, ""));
      expect(cells.filter((each) => /^[=+\-@\uff1d\uff0b]/.test(each))).toEqual([]);
    }
  });

  test("holds what is no formula as it is", () => {
    for (const text of ["[1, -2, +3.5]", "a-b", "a = b", "x@y.org"]) {
      expect(asCsv([task({ id: "a", offset: 1, args: text })])).toContain(text);
    }
  });

  test("as JSON is the tasks as they are", () => {
    expect(JSON.parse(asJson(tasks))).toEqual(tasks);
  });
});
