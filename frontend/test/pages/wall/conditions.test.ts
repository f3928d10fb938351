import { expect, test } from "vitest";
import type { Queue, Worker } from "../../../src/contract/boards";
import type { Moment } from "../../../src/contract/hour";
import { conditions, type Known } from "../../../src/pages/wall/conditions";

const queue = (name: string, waiting: number, consumers: readonly string[] = []) =>
  ({ name, waiting, depth: null, consumer_count: null, consumers }) as unknown as Queue;
const worker = (online: boolean) => ({ online }) as Worker;
const moment = (at: number, ok: number, failed: number): Moment => [at, ok, failed, 0, 0, 0, 0];

const calm: Known = {
  away: null,
  asking: false,
  troubles: [],
  queues: [queue("media", 3, ["w1"])],
  workers: [worker(true)],
  moments: [moment(0, 5, 0), moment(10, 5, 0)],
  waiting: 3,
  running: 1,
  begun: true,
  now: 1000,
};

const said = (known: Partial<Known>) =>
  conditions({ ...calm, ...known }).map(({ kind, sentence }) => `${kind}: ${sentence}`);

test("all is well while nothing is wrong", () => {
  expect(said({})).toEqual(["well: All is well."]);
});

test("nothing is said to be well before the broker and the workers answered", () => {
  const asking = { asking: true, queues: null, workers: null };
  expect(said(asking)).toEqual(["quiet: Asking the broker and the workers."]);
});

test("all is quiet when nothing went on for an hour", () => {
  const nothing = { waiting: 0, running: 0, queues: [queue("media", 0, ["w1"])] };
  expect(said({ ...nothing, moments: [moment(0, 0, 0)] })).toEqual(["quiet: All is quiet."]);
  expect(said(nothing)).toEqual(["well: All is well."]);
});

test("tasks that wait for nobody are trouble", () => {
  expect(said({ queues: [queue("media", 42)] })).toEqual([
    "trouble: Nobody takes from media: 42\u00a0tasks wait.",
  ]);
  expect(said({ queues: [queue("a", 1), queue("b", 2), queue("c", 0)] })).toEqual([
    "trouble: Nobody takes from a and 1\u00a0more queue: 3\u00a0tasks wait.",
  ]);
  expect(said({ queues: [queue("media", 42)], workers: [worker(false)] })).toEqual([
    "trouble: No worker is online, and 3\u00a0tasks wait.",
  ]);
});

test("single failures are said, and are trouble where they are many", () => {
  expect(said({ moments: [moment(0, 200, 0), moment(10, 0, 2)] })).toEqual([
    "some: 2 of 202\u00a0tasks failed in 10\u00a0minutes.",
  ]);
  expect(said({ moments: [moment(0, 2, 1)] })).toEqual([
    "trouble: 1 of 3\u00a0tasks failed in 10\u00a0minutes.",
  ]);
});

test("failures of more than ten minutes ago are over", () => {
  expect(said({ moments: [moment(0, 0, 9), moment(600, 1, 0)] })).toEqual(["well: All is well."]);
});

test("what keeps the wall from the present comes first", () => {
  const found = said({
    away: { kind: "signed out", seconds: 0 },
    troubles: ["Redis is full."],
    queues: [queue("media", 1)],
  });
  expect(found[0]).toContain("away: This wall is signed out.");
  expect(found.slice(1)).toEqual([
    "trouble: Redis is full.",
    "trouble: Nobody takes from media: 1\u00a0task waits.",
  ]);
});

const imports = { waiting: 240, recorded: true, oldest_at: 460, left: 0, consumers: ["w1"] };
const still = { ...queue("imports", 240), ...imports } as Queue;

test("a queue that stands still is said, before single failures and after what is trouble", () => {
  const sentence = "still: imports stands still: 240 wait, the oldest for 9\u00a0min.";
  expect(said({ queues: [still, queue("media", 3, ["w1"])] })).toEqual([sentence]);
  expect(said({ queues: [still, queue("media", 3)], moments: [moment(0, 200, 1)] })).toEqual([
    "trouble: Nobody takes from media: 3\u00a0tasks wait.",
    sentence,
    "some: 1 of 201\u00a0tasks failed in 10\u00a0minutes.",
  ]);
  expect(said({ queues: [{ ...still, left: 2 }] })).toEqual(["well: All is well."]);
  expect(
    said({
      queues: [
        { ...still, waiting: 1 },
        { ...still, oldest_at: 880 },
      ],
    }),
  ).toEqual([
    "still: imports and 1\u00a0more queue stand still: 241 wait, the oldest for 9\u00a0min.",
  ]);
});

test("messages of tasks that were revoked wait for nobody", () => {
  const exports = { ...queue("exports", 6), depth: 8, recorded: true } as Queue;
  expect(said({ queues: [exports] })).toEqual([
    "trouble: Nobody takes from exports: 6\u00a0tasks wait.",
  ]);
  expect(said({ queues: [{ ...exports, waiting: 0 }] })).toEqual(["well: All is well."]);
});

test("that no worker is online is trouble once anything ran, and calm before", () => {
  const nothing = { waiting: 0, running: 0, queues: [], moments: [moment(0, 0, 0)] };
  const gone = { ...nothing, workers: [worker(false)], begun: false };
  expect(said(gone)).toEqual(["trouble: No worker is online."]);
  expect(said({ ...nothing, workers: [] })).toEqual(["trouble: No worker is online."]);
  const willBe = "quiet: What waits, what runs, and the last hour will be seen here.";
  expect(said({ ...gone, workers: [] })).toEqual(["quiet: No worker is online yet.", willBe]);
  expect(said({ ...nothing, begun: false })).toEqual(["quiet: No task was sent yet.", willBe]);
});
