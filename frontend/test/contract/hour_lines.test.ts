import { describe, expect, test } from "vitest";
import type { Job, Moment, Picture } from "../../src/contract/hour";
import { figures, isQuiet, lines, span } from "../../src/contract/hour_lines";

const START = 1_700_000_000;

/** Ten seconds each, from START on. */
function picture(rows: readonly Partial<Record<string, number>>[], jobs: Job[] = []): Picture {
  const moments = rows.map(
    ({ ok = 0, failed = 0, retried = 0, waiting = 0, running = 0, retrying = 0 }, place) =>
      [START + 10 * place, ok, failed, retried, waiting, running, retrying] as Moment,
  );
  return {
    seconds: 10,
    moments,
    jobs,
    waiting_by_queue: { queues: [], levels: [], others: false },
    releases: [],
    known: true,
    stale_since: null,
    trouble: null,
  };
}

function job(name: string | null, p50: number | null = null, p99 = p50): Job {
  return { name, count: 1, failed: 0, p50, p95: p50, p99 };
}

const steady = picture(Array.from({ length: 20 }, () => ({ ok: 2, failed: 1, waiting: 5 })));

describe("the lines of an hour", () => {
  test("count the tasks that ended in the minute before each time", () => {
    const drawn = lines(steady, START + 200);
    expect(new Set(drawn.ok)).toEqual(new Set([12]));
    expect(new Set(drawn.failed)).toEqual(new Set([6]));
  });

  test("begin where a whole minute is known, and all have a value for each time", () => {
    const drawn = lines(steady, START + 200);
    expect(drawn.times[0]).toBe(START + 60);
    const { times, ...rest } = drawn;
    for (const values of Object.values(rest)) expect(values).toHaveLength(times.length);
  });

  test("end now, and do not fall because a moment has just begun", () => {
    const begun = picture([...Array.from({ length: 12 }, () => ({ ok: 2 })), { ok: 0 }]);
    const drawn = lines(begun, START + 121);
    expect(drawn.times.at(-1)).toBe(START + 121);
    expect(drawn.ok.at(-1)).toBe(12);
  });

  test("do not run ahead when the clock of the machine does", () => {
    expect(lines(steady, START + 9999).times.at(-1)).toBe(START + 200);
    expect(lines(steady, 0).times.at(-1)).toBe(START + 190);
  });

  test("of a picture without a moment are empty", () => {
    expect(lines(picture([]), START).times).toEqual([]);
  });

  test("end at the end of the time that a plot shows, which is as much as is there", () => {
    const hour = picture(Array.from({ length: 360 }, () => ({ ok: 2 })));
    const [from, to] = span(lines(hour, START + 3600));
    expect([to, to - from]).toEqual([START + 3600, 3480]);
  });

  test("are shown from a minute before the first event on, and for five minutes at least", () => {
    const hour = Array.from({ length: 360 }, () => ({ ok: 0 }));
    const begun = picture(hour.with(300, { ok: 1 }));
    const [from, to] = span(lines(begun, START + 3600));
    expect([from - START, to - START]).toEqual([2950, 3600]);
    const late = span(lines(picture(hour.with(355, { ok: 1 })), START + 3600));
    expect(late[1] - late[0]).toBe(300);
  });
});

test("the figures are those of the present, and for failures of the hour", () => {
  const shown = picture([
    { failed: 3 },
    ...Array.from({ length: 12 }, () => ({ ok: 1 })),
    { ok: 1, failed: 1, waiting: 4, running: 2, retrying: 1 },
  ]);
  expect(figures(shown, lines(shown, START + 140))).toEqual({
    perMinute: 7,
    waiting: 4,
    running: 2,
    failed: 4,
  });
});

test("an hour in which nothing ended, waited or ran is quiet", () => {
  expect(isQuiet(picture([{}, {}]))).toBe(true);
  expect(isQuiet(picture([{}, { waiting: 1 }]))).toBe(false);
  expect(isQuiet(picture([{}], [job("a")]))).toBe(false);
});
