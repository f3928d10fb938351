import { expect, test } from "vitest";
import type { Task } from "../../../src/contract/messages";
import { kindsOf } from "../../../src/pages/wall/kinds";

const failed = (at: number, message: string | null, fields: Partial<Task> = {}) =>
  ({
    id: `t${at}`,
    name: "send_invoice",
    label: null,
    retried_as: null,
    finished_at: at,
    error: message === null ? null : { type: "ValueError", message, traceback: null },
    ...fields,
  }) as Task;

const kinds = (...tasks: readonly Task[]) =>
  kindsOf(tasks).map(({ latest, count }) => [latest.id, count]);

test("failures that differ in amounts, ids, quotes and their label are of one kind", () => {
  const found = kinds(
    failed(10, "an invoice of -12.50 EUR for Tailspin", { label: "Tailspin" }),
    failed(310, "an invoice of -7 EUR for Fabrikam", { label: "Fabrikam" }),
    failed(100, "no customer 'a b' at [10.0.0.1]:80", { label: "Contoso" }),
    failed(150, "no customer 'c' at [10.0.0.2]:80"),
  );
  expect(found).toEqual([
    ["t310", 2],
    ["t150", 2],
  ]);
});

test("another task, another type and another text are other kinds", () => {
  const found = kinds(
    failed(4, "closed"),
    failed(3, "closed", { name: "fetch" }),
    failed(2, "can't be opened, isn't there"),
    failed(1, null),
    failed(0, null),
  );
  expect(found).toEqual([
    ["t4", 1],
    ["t3", 1],
    ["t2", 1],
    ["t1", 2],
  ]);
});

test("a kind was run again once all of it was", () => {
  const again = { retried_as: "copy" };
  expect(kindsOf([failed(1, "closed", again), failed(2, "closed")])[0]?.retried).toBe(false);
  expect(kindsOf([failed(1, "closed", again), failed(2, "closed", again)])[0]?.retried).toBe(true);
});
