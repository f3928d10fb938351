import { expect, test } from "vitest";
import { type AuditEntry, newestFirst } from "../../src/api/audit";

const entry = (id: string, at: number) => ({ id, at }) as AuditEntry;

test("counted refusals stand where the time that they tell belongs, not where they were written", () => {
  const written = [entry("counted", 10), entry("after", 30), entry("before", 5)];
  expect(newestFirst(written).map(({ id }) => id)).toEqual(["after", "counted", "before"]);
});
