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

  test("as JSON is the tasks as they are", () => {
    expect(JSON.parse(asJson(tasks))).toEqual(tasks);
  });
});
