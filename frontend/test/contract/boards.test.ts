import { describe, expect, test } from "vitest";
import {
  byTrouble,
  clearsIn,
  isTroubled,
  type Queue,
  standsStill,
  waitingIn,
  waitingInAll,
} from "../../src/contract/boards";

function queue(name: string, fields: Partial<Queue> = {}): Queue {
  return {
    name,
    depth: 0,
    by_priority: {},
    unacknowledged: null,
    consumer_count: null,
    kind: null,
    incoming: null,
    outgoing: null,
    memory: null,
    idle_since: null,
    waiting: 0,
    recorded: false,
    oldest_at: null,
    running: 0,
    came: 0,
    left: 0,
    consumers: ["w1"],
    ...fields,
  };
}

test("a queue in which tasks wait for nobody comes first, then that in which most waits", () => {
  const order = byTrouble([
    queue("a"),
    queue("busy", { depth: 900 }),
    queue("left", { depth: 3, consumers: [] }),
    queue("idle", { consumers: [] }),
    queue("elsewhere", { depth: 20, consumers: [], consumer_count: 1 }),
  ]);
  expect(order.map(({ name }) => name)).toEqual(["left", "busy", "elsewhere", "a", "idle"]);
});

describe("the time until a queue is clear", () => {
  test.each([
    [{ waiting: 120, came: 0, left: 10 }, 720],
    [{ waiting: 120, came: 4, left: 10 }, 1200],
    [{ waiting: 120, came: 10, left: 10 }, null],
    [{ waiting: 0, came: 0, left: 10 }, null],
  ])("of %o is %s", (fields, seconds) => {
    expect(clearsIn(queue("a", fields))).toBe(seconds);
  });
});

test("what waits are the tasks of the record, and messages only where it has no task of the queue", () => {
  const revoked = queue("exports", { depth: 8, waiting: 6, recorded: true });
  const dropped = queue("dropped", { depth: 2, recorded: true, consumers: [] });
  const theirs = queue("theirs", { depth: 9 });
  expect([revoked, dropped, theirs].map(waitingIn)).toEqual([6, 0, 9]);
  expect(waitingInAll(10, [revoked, dropped, theirs])).toBe(19);
  expect(isTroubled(dropped)).toBe(false);
});

describe("a queue stands still", () => {
  const waits = { waiting: 240, oldest_at: 400, recorded: true };
  test.each([
    [waits, true],
    [{ ...waits, left: 1 }, false],
    [{ ...waits, oldest_at: 950 }, false],
    [{ ...waits, oldest_at: null }, false], // all of them are for later
    [{ ...waits, consumers: [] }, false],
    [{ ...waits, consumers: [], consumer_count: 1 }, true],
    [{ ...waits, waiting: 0 }, false],
  ])("with %o: %s", (fields, still) => {
    expect(standsStill(queue("imports", fields), 1000)).toBe(still);
  });
});
