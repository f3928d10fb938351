import { expect, test } from "vitest";
import { queuesText } from "../../src/text/operations";

const NOW = 1000;

const PLAIN = {
  kind: null,
  by_priority: {},
  unacknowledged: null,
  incoming: null,
  outgoing: null,
  memory: null,
  idle_since: null,
};

test("of a queue is told what its broker tells, and nothing else", () => {
  expect(queuesText.facts(PLAIN, NOW)).toEqual([]);
  expect(
    queuesText.facts({ ...PLAIN, kind: "classic", unacknowledged: 0, incoming: 0 }, NOW),
  ).toEqual([]);
  expect(queuesText.facts({ ...PLAIN, kind: "quorum", memory: 90_000 }, NOW)).toEqual([
    "quorum",
    "90.0\u00a0kB",
  ]);
  expect(queuesText.facts({ ...PLAIN, idle_since: NOW - 120 }, NOW)).toEqual([
    "idle for 2\u00a0min",
  ]);
  expect(
    queuesText.facts({ ...PLAIN, unacknowledged: 1200, incoming: 12.5, outgoing: 0 }, NOW),
  ).toEqual(["1,200 unacknowledged", "13/s in, 0/s out"]);
});

test("priorities are told where there is more than the usual one", () => {
  expect(queuesText.facts({ ...PLAIN, by_priority: { "0": 3 } }, NOW)).toEqual([]);
  expect(queuesText.facts({ ...PLAIN, by_priority: { "0": 3, "9": 1 } }, NOW)).toEqual([
    "3 of priority 0, 1 of priority 9",
  ]);
});

test("consumers that answer no question are counted", () => {
  expect(queuesText.others(1)).toBe("1\u00a0consumer that does not answer");
  expect(queuesText.others(2)).toBe("2\u00a0consumers that do not answer");
  expect(queuesText.heldBack(1)).toBe("RabbitMQ holds back 1\u00a0message until its time.");
});

test("a queue that stands still is told from one in which there is nothing", () => {
  expect(queuesText.flow(0, 0, 0)).toBe("–");
  expect(queuesText.flow(0, 0, 240)).toBe("0 in, 0 out");
  expect(queuesText.flow(27, 28, 0)).toBe("27 in, 28 out");
});
