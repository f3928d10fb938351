import { expect, test } from "vitest";
import { longestWaits, slowest } from "../../../../src/pages/activity/job/extremes";
import { task } from "../../../support/tasks";

test("the one that ran longest comes first, and those that did not run are left out", () => {
  const all = [
    task({ id: "short", offset: 1, started_at: 10, finished_at: 11 }),
    task({ id: "long", offset: 2, started_at: 10, finished_at: 90 }),
    task({ id: "never", offset: 3 }),
  ];
  expect(slowest(all)).toEqual(["long", "short"]);
});

test("the one that waits or waited longest comes first", () => {
  const all = [
    task({ id: "waited", offset: 1, created_at: 10, started_at: 40 }),
    task({ id: "waits", offset: 2, created_at: 20, state: "PENDING" }),
    task({ id: "unknown", offset: 3, state: "PENDING" }),
  ];
  expect(longestWaits(all, 100)).toEqual(["waits", "waited"]);
});

test("one that is to start later does not wait yet, and waits from then on", () => {
  const all = [
    task({ id: "later", offset: 1, created_at: 10, eta: 200, state: "RECEIVED" }),
    task({ id: "due", offset: 2, created_at: 10, eta: 90, state: "RECEIVED" }),
    task({ id: "sent", offset: 3, created_at: 50, state: "PENDING" }),
  ];
  expect(longestWaits(all, 100)).toEqual(["sent", "due"]);
});

test("one that ended without having started waits no more", () => {
  const all = [
    task({ id: "revoked", offset: 1, created_at: 10, finished_at: 20, state: "REVOKED" }),
    task({ id: "ran", offset: 2, created_at: 10, started_at: 11, state: "SUCCESS" }),
  ];
  expect(longestWaits(all, 100)).toEqual(["ran"]);
});
