import { expect, test } from "vitest";
import {
  asPicture,
  HOUR,
  type Job,
  type Moment,
  merged,
  type Picture,
  waitingByQueue,
} from "../../src/contract/hour";

const START = 1_700_000_000;

function moment(at: number, ok = 0): Moment {
  return [START + at, ok, 0, 0, 0, 0, 0];
}

function job(name: string | null, count: number): Job {
  return { name, count, failed: 0, p50: 1, p95: 1, p99: 1 };
}

function picture(moments: readonly Moment[], jobs: readonly Job[] = []): Picture {
  return {
    seconds: 10,
    moments,
    jobs,
    waiting_by_queue: waiting(),
    releases: [],
    known: true,
    stale_since: null,
    trouble: null,
  };
}

function waiting(queues: readonly string[] = [], levels: readonly number[][] = []) {
  return {
    queues,
    levels: levels.map(([at = 0, ...counts]) => [START + at, ...counts]),
    others: false,
  };
}

test("what a part tells takes the place of the same, and the rest stays", () => {
  const whole = picture([moment(0, 1), moment(10, 2), moment(20)], [job("a", 1), job(null, 2)]);
  const part = picture([moment(10, 3), moment(30, 4)], [job(null, 5), job("b", 1)]);
  expect(merged(whole, part)).toEqual(
    picture(
      [moment(0, 1), moment(10, 3), moment(20), moment(30, 4)],
      [job("a", 1), job(null, 5), job("b", 1)],
    ),
  );
});

test("taken twice, a part changes nothing more", () => {
  const part = picture([moment(0, 1), moment(10, 2)], [job("a", 1)]);
  const once = merged(picture([moment(0)]), part);
  expect(merged(once, part)).toEqual(once);
});

test("moments of more than an hour ago and jobs of which nothing is left go", () => {
  const whole = picture([moment(0, 1), moment(10, 1)], [job("a", 1), job("b", 1)]);
  const after = merged(whole, picture([moment(HOUR)], [job("a", 0)]));
  expect(after).toEqual(picture([moment(10, 1), moment(HOUR)], [job("b", 1)]));
});

test("a moment that is told late stands in its place in time", () => {
  const after = merged(picture([moment(0), moment(20)]), picture([moment(10, 1)])) as Picture;
  expect(after.moments.map(([at]) => at - START)).toEqual([0, 10, 20]);
});

test("whether the picture is of the present comes with every part", () => {
  const stale = { ...picture([]), stale_since: START, trouble: "Redis does not answer." };
  expect(merged(picture([moment(0)]), stale)).toEqual({ ...stale, moments: [moment(0)] });
});

test("levels of queues take the place of the same, and those of more than an hour ago go", () => {
  const before = waiting(
    ["a", "b"],
    [
      [0, 1, 0],
      [10, 1, 1],
      [20, 1, 1],
    ],
  );
  const news = waiting(
    ["a", "b"],
    [
      [20, 2, 0],
      [HOUR, 0, 3],
    ],
  );
  const whole = { ...picture([moment(0), moment(10)]), waiting_by_queue: before };
  const part = { ...picture([moment(HOUR)]), waiting_by_queue: { ...news, others: true } };
  expect((merged(whole, part) as Picture).waiting_by_queue).toEqual({
    ...waiting(
      ["a", "b"],
      [
        [10, 1, 1],
        [20, 2, 0],
        [HOUR, 0, 3],
      ],
    ),
    others: true,
  });
});

test("levels of other queues than those of the picture are left out: a whole one follows", () => {
  const before = waiting(["a", "b"], [[0, 1, 0]]);
  const whole = { ...picture([moment(0)]), waiting_by_queue: before };
  const part = { ...picture([moment(10)]), waiting_by_queue: waiting(["a", "c"], [[10, 1, 5]]) };
  expect((merged(whole, part) as Picture).waiting_by_queue).toEqual(before);
});

test("an older server tells of no queue", () => {
  const { waiting_by_queue: _, ...older } = picture([moment(0)]);
  expect(waitingByQueue(merged(older, older) as Picture)).toEqual(waiting());
});

test.each([null, undefined, 1, {}, { moments: [] }])("%o is no picture", (board) => {
  expect(asPicture(board)).toBeNull();
  expect(merged(board, picture([moment(0)]))).toBe(board);
});
