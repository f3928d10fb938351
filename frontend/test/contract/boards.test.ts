import { describe, expect, test } from "vitest";
import { byTrouble, clearsIn, type Queue } from "../../src/contract/boards";

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
