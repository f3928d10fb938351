import { describe, expect, test } from "vitest";
import type { Moment, Picture } from "../../../src/contract/hour";
import { lines } from "../../../src/contract/hour_lines";
import { bands, edges, PLACES, parts, placed } from "../../../src/pages/activity/bands";

const START = 1_700_000_000;
const NOTHING: ReadonlyMap<string, number> = new Map();

/** Ten seconds each: what waits in all, and in each queue. Lines leave out the first five. */
function picture(queues: readonly string[], rows: readonly (readonly number[])[]): Picture {
  const before = Array.from({ length: 5 }, () => [0]);
  const all = [...before, ...rows].map((row, place) => ({ at: START + 10 * place, row }));
  return {
    seconds: 10,
    moments: all.map(({ at, row: [waiting = 0] }) => [at, 0, 0, 0, waiting, 0, 0] as Moment),
    jobs: [],
    waiting_by_queue: {
      queues,
      levels: all.filter(({ row }) => row.length > 1).map(({ at, row }) => [at, ...row.slice(1)]),
      others: false,
    },
    releases: [],
    known: true,
    stale_since: null,
    trouble: null,
  };
}

function partsOf(shown: Picture) {
  return parts(shown, lines(shown, START + 10_000));
}

describe("what waited", () => {
  test("is that of each queue, and what is left is of others", () => {
    const shown = picture(
      ["mail", "media"],
      [
        [5, 2, 3],
        [9, 0, 6],
      ],
    );
    expect(partsOf(shown)).toEqual(
      new Map([
        ["mail", [2, 0]],
        ["media", [3, 6]],
        [null, [0, 3]],
      ]),
    );
  });

  test("is nothing where a moment is not told, and queues and others without any are left out", () => {
    const shown = picture(["mail", "media"], [[2, 2, 0], [0]]);
    expect(partsOf(shown)).toEqual(new Map([["mail", [2, 0]]]));
  });

  test("is never more than waited in all", () => {
    const shown = picture(["mail", "media"], [[4, 3, 3]]);
    expect(partsOf(shown)).toEqual(
      new Map([
        ["mail", [3]],
        ["media", [1]],
      ]),
    );
  });

  test("is all of others where an older server does not tell", () => {
    const { waiting_by_queue: _, ...older } = picture([], [[4]]);
    expect(partsOf(older as Picture)).toEqual(new Map([[null, [4]]]));
  });
});

describe("the places of queues", () => {
  const waiting = new Map([
    ["low", [1]],
    ["high", [9]],
    [null, [50]],
  ]);

  test("begin below with the one in which most waited at once", () => {
    expect(placed(NOTHING, waiting)).toEqual(
      new Map([
        ["high", 0],
        ["low", 1],
      ]),
    );
  });

  test("stay, so that no queue changes its colour, and what is free is taken", () => {
    const before = new Map([
      ["gone", 0],
      ["low", 1],
    ]);
    expect(placed(before, waiting)).toEqual(
      new Map([
        ["low", 1],
        ["high", 0],
      ]),
    );
  });
});

describe("bands", () => {
  test("stand on one another from below, the others on top", () => {
    const waiting = new Map([
      [null, [1, 1]],
      ["b", [2, 0]],
      ["a", [3, 4]],
    ]);
    const made = bands(waiting, placed(NOTHING, waiting));
    expect(made.map(({ queue, place }) => [queue, place])).toEqual([
      ["a", 0],
      ["b", 1],
      [null, PLACES],
    ]);
    expect(edges(made)).toEqual([
      [3, 4],
      [5, 4],
      [6, 5],
    ]);
  });

  test.each([[new Map([["a", [1]]])], [new Map([[null, [1]]])], [new Map()]])(
    "are none where there is one queue or none",
    (waiting) => {
      expect(bands(waiting, placed(NOTHING, waiting))).toEqual([]);
    },
  );
});
