import { expect, test } from "vitest";
import { chain } from "../../../src/pages/task/times";
import { task } from "../../support/tasks";

const base = task({ id: "a", offset: 1, state: "SUCCESS" });

function told(fields: Partial<typeof base>): string[] {
  return chain({ ...base, ...fields }).map(({ word, at, after }) => `${word} ${after ?? at}`);
}

test("the times of a task are told as the distance of each from the one before", () => {
  const times = { created_at: 10, received_at: 12, started_at: 13, finished_at: 17 };
  expect(told(times)).toEqual(["sent 10", "received 2", "started 1", "done 4"]);
});

test("after a retry its present try is told from the end of the one before", () => {
  const times = { created_at: 10, retried_at: 15, received_at: 16, started_at: 18 };
  expect(told({ ...times, state: "STARTED", retries: 2 })).toEqual([
    "sent 10",
    "retried 2 times 5",
    "received 1",
    "started 2",
  ]);
});

test("of clocks that differ no distance is negative, and what is not known is left out", () => {
  expect(told({ created_at: 10, started_at: 9, finished_at: 12 })).toEqual([
    "sent 10",
    "started 0",
    "done 2",
  ]);
  expect(told({})).toEqual([]);
});
