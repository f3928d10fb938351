import { describe, expect, test } from "vitest";
import type { LogEntry, State, Task } from "../../../../src/contract/messages";
import {
  asleep,
  spent,
  type Timeline,
  timeline,
} from "../../../../src/pages/task/timeline/timeline";
import { task } from "../../../support/tasks";

function states(...moments: [State, number][]): LogEntry[] {
  return moments.map(([message, at], i) => ({
    id: `${i}-0`,
    at,
    kind: "state",
    level: "info",
    message,
  }));
}

/** "waiting 0-2" for each span, and how the run ended. */
function drawn(timeline: Timeline | null): string[] {
  return (timeline?.runs ?? []).map(({ spans, ended }) =>
    [...spans.map(({ kind, from, to }) => `${kind} ${from}-${to}`), ended]
      .filter(Boolean)
      .join(", "),
  );
}

const base = { id: "a", offset: 1 };

describe("a timeline", () => {
  test("has a lane that waited and ran", () => {
    const log = states(
      ["PENDING", 0],
      ["RECEIVED", 1],
      ["STARTED", 2],
      ["PROGRESS", 3],
      ["SUCCESS", 9],
    );
    const whole = timeline(log, task({ ...base, state: "SUCCESS" }), 50);
    expect(drawn(whole)).toEqual(["waiting 0-2, running 2-9, SUCCESS"]);
    expect([whole?.from, whole?.to]).toEqual([0, 9]);
  });

  test("has a lane for each try, which begins with the sleep before it", () => {
    const log = states(
      ["PENDING", 0],
      ["STARTED", 1],
      ["RETRY", 2],
      ["RETRY", 2.1], // the worker that receives the next try reports it as well
      ["STARTED", 5],
      ["FAILURE", 6],
    );
    expect(drawn(timeline(log, task({ ...base, state: "FAILURE", retries: 1 }), 50))).toEqual([
      "waiting 0-1, running 1-2, RETRY",
      "sleeping 2-5, running 5-6, FAILURE",
    ]);
  });

  test("has a lane for what goes on after a run that gave its message back or replaced itself", () => {
    const log = states(
      ["PENDING", 0],
      ["STARTED", 1],
      ["PENDING", 2],
      ["RECEIVED", 4],
      ["STARTED", 5],
      ["SUCCESS", 6],
    );
    expect(drawn(timeline(log, task({ ...base, state: "SUCCESS" }), 50))).toEqual([
      "waiting 0-1, running 1-2",
      "waiting 2-5, running 5-6, SUCCESS",
    ]);
  });

  test("has one moment for a task that was never sent", () => {
    const log = states(["FAILURE", 3]);
    const unsent = task({ ...base, state: "FAILURE", created_at: null, started_at: null });
    expect(drawn(timeline(log, unsent, 50))).toEqual(["FAILURE"]);
  });

  test("extends until now while the task goes on", () => {
    const log = states(["PENDING", 0], ["STARTED", 1]);
    expect(drawn(timeline(log, task(base), 4))).toEqual(["waiting 0-1, running 1-4"]);
    expect(drawn(timeline(log.slice(0, 1), task({ ...base, state: "PENDING" }), 4))).toEqual([
      "waiting 0-4",
    ]);
  });

  test("shows a sleep up to its end, and waiting after it", () => {
    const log = states(["PENDING", 0], ["STARTED", 1], ["RETRY", 2]);
    const sleeping = task({ ...base, state: "RETRY", retries: 1, eta: 10 });
    expect(drawn(timeline(log, sleeping, 4))[1]).toBe("sleeping 2-10");
    expect(drawn(timeline(log, sleeping, 13))[1]).toBe("sleeping 2-10, waiting 10-13");
  });

  test("distinguishes waiting for a set time from waiting for a worker", () => {
    const log = states(["PENDING", 0], ["RECEIVED", 1], ["STARTED", 12], ["SUCCESS", 13]);
    const scheduled = task({ ...base, state: "SUCCESS", eta: 10 });
    expect(drawn(timeline(log, scheduled, 50))).toEqual([
      "sleeping 0-10, waiting 10-12, running 12-13, SUCCESS",
    ]);
  });

  test.each([
    ["its worker vanished", ["LOST", 4] as const, "LOST"],
    ["nothing was reported", null, null],
  ])("begins a lane when it was delivered again after %s", (_, end, ended) => {
    const log = states(
      ["STARTED", 1],
      ...(end ? [[...end] as [State, number]] : []),
      ["RECEIVED", 5],
      ["STARTED", 6],
    );
    const [first, second] = drawn(timeline(log, task(base), 8));
    expect(first?.endsWith(String(ended))).toBe(ended !== null);
    expect(second).toBe("waiting 5-6, running 6-8");
  });

  test("comes from the times of the task when its log has no states", () => {
    const known = { created_at: 0, received_at: 1, started_at: 3, finished_at: 7 };
    expect(drawn(timeline([], task({ ...base, ...known, state: "FAILURE" }), 50))).toEqual([
      "waiting 0-3, running 3-7, FAILURE",
    ]);
    expect(timeline([], task(base), 50)).toBeNull();
  });

  test("never goes back in time when clocks differ", () => {
    const log = states(["PENDING", 10], ["STARTED", 9.5], ["SUCCESS", 12]);
    expect(drawn(timeline(log, task({ ...base, state: "SUCCESS" }), 50))).toEqual([
      "running 10-12, SUCCESS",
    ]);
  });

  test("has the time until a sleeping run wakes up, and none for other runs", () => {
    const tried = states(["PENDING", 0], ["STARTED", 1], ["RETRY", 2]);
    const retry = task({ ...base, state: "RETRY", retries: 1, eta: 10 });
    const left = (log: LogEntry[], of: Task, now: number) =>
      (timeline(log, of, now)?.runs ?? []).map((run) => asleep(run, of.eta, now));
    expect(left(tried, retry, 4)).toEqual([null, 6]);
    expect(left(tried, retry, 13)).toEqual([null, null]);
    const scheduled = task({ ...base, state: "PENDING", eta: 10 });
    expect(left(tried.slice(0, 1), scheduled, 4)).toEqual([6]);
    const revoked = states(["PENDING", 0], ["REVOKED", 3]);
    expect(left(revoked, task({ ...base, state: "REVOKED", eta: 10 }), 4)).toEqual([null]);
  });

  test("adds up the time spent in each way", () => {
    const log = states(["PENDING", 0], ["STARTED", 2], ["SUCCESS", 9]);
    const [run] = timeline(log, task({ ...base, state: "SUCCESS" }), 50)?.runs ?? [];
    expect(run && spent(run, "waiting")).toBe(2);
    expect(run && spent(run, "running")).toBe(7);
  });
});
