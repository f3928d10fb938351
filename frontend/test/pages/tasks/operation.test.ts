import { afterEach, expect, test, vi } from "vitest";
import { revoke } from "../../../src/api/calls";
import { ApiError } from "../../../src/api/http";
import type { State, Task } from "../../../src/contract/messages";
import { callAll, type Operation, sentenceOf } from "../../../src/pages/tasks/bulk/operation";

const task = (id: string, state: State = "PENDING") => ({ id, state }) as Task;

const revoking = (call: Operation["call"], ...ids: readonly string[]): Operation => ({
  tasks: ids.map((id) => task(id)),
  fits: ({ state }) => state === "PENDING",
  call,
  done: (count) => `${count} revoked.`,
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a task that began since it was asked about is left alone, and said to be", async () => {
  const called: string[] = [];
  const operation = revoking(async (id) => void called.push(id), "a", "b", "c");
  const result = await callAll(operation, (id) => task(id, id === "b" ? "STARTED" : "PENDING"));
  expect(called).toEqual(["a", "c"]);
  expect(sentenceOf(operation, result)).toBe(
    "2 revoked. 1 left alone: it began or ended meanwhile.",
  );
});

test("what nobody answered is told from what was refused", async () => {
  const operation = revoking(
    (id) => Promise.reject(new ApiError(id === "a" ? 0 : 409, id === "a" ? "No answer." : "Over.")),
    "a",
    "b",
    "c",
  );
  const result = await callAll(operation, () => undefined);
  expect(result.unanswered.map(({ id }) => id)).toEqual(["a"]);
  expect(sentenceOf(operation, result)).toBe(
    "0 revoked. 2 refused: Over. 1 without an answer: No answer.",
  );
});

test("tasks that were made are named", async () => {
  const operation = revoking(async (id) => ({ id: `${id}-again` }), "a");
  expect((await callAll(operation, () => undefined)).made).toEqual(["a-again"]);
});

test("a revocation without an answer warns of no launch", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("failed to fetch");
  });
  await expect(revoke("t1", true)).rejects.toThrow("It may have done it all the same");
});
