import { describe, expect, test } from "vitest";
import * as format from "../../src/text/format";

/** Numbers and units are joined by a no-break space; tests write a plain one. */
function plain(text: string): string {
  return text.replaceAll("\u00a0", " ");
}

describe("times", () => {
  test.each([
    [0, "0 s"],
    [0.0003, "<1 ms"],
    [0.012, "12 ms"],
    [0.84, "0.8 s"],
    [9.94, "9.9 s"],
    [9.96, "10 s"],
    [59.4, "59 s"],
    [59.6, "1 min"],
    [125, "2 min 5 s"],
    [3600, "1 h"],
    [3840, "1 h 4 min"],
    [86400 * 3 + 7200, "3 d 2 h"],
    [-4, "0 s"],
  ])("of %d s last %s", (seconds, said) => {
    expect(plain(format.duration(seconds))).toBe(said);
  });

  test.each([
    [12.4, "12 s"],
    [59.6, "1 min"],
    [90, "2 min"],
    [3569, "59 min"],
    [3580, "1 h"],
    [84600, "1 d"],
  ])("of %d s are about %s", (seconds, said) => {
    expect(plain(format.about(seconds))).toBe(said);
  });

  test.each([
    [21, "0:21"],
    [725.9, "12:05"],
    [3723, "1:02:03"],
    [-1, "0:00"],
  ])("of %d s read %s on a stopwatch", (seconds, said) => {
    expect(format.stopwatch(seconds)).toBe(said);
  });

  test("of day are those of the reader's time zone", () => {
    const at = new Date(2026, 2, 1, 14, 2, 5, 40).getTime() / 1000;
    expect(format.hourMinute(at)).toBe("14:02");
    expect(format.exactTime(at)).toBe("14:02:05.040");
    expect(format.dateTime(at)).toBe("2026-03-01 14:02:05");
  });
});

describe("sizes and rates", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [12_345, "12.3 kB"],
    [99_960, "100 kB"],
    [999_600, "1.0 MB"],
    [5_000_000, "5.0 MB"],
    [1.2e12, "1.2 TB"],
  ])("%d bytes are %s", (value, said) => {
    expect(plain(format.bytes(value))).toBe(said);
  });

  test.each([
    [1_234_567, "B", "1.2 MB/s"],
    [42, "row", "42 rows/s"],
    [1, "row", "1 row/s"],
    [0.7, "size", "42 sizes/min"],
    [0.005, "page", "18 pages/h"],
    [3.25, "", "3.3/s"],
    [0, "row", "0 rows/s"],
  ])("%d %s a second is %s", (value, unit, said) => {
    expect(plain(format.rate(value, unit))).toBe(said);
  });

  test.each([
    [3, 12, "", "3 of 12"],
    [300, 1000, "row", "300 of 1,000 rows"],
    [1_200_000, 5_000_000, "B", "1.2 MB of 5.0 MB"],
    [7, null, "row", "7 rows"],
    [2.55, 10, "s", "2.6 of 10 s"],
  ])("%d of %s %s is %s", (current, total, unit, said) => {
    expect(plain(format.amount(current, total, unit))).toBe(said);
  });

  test.each([
    ["entry", "entries"],
    ["day", "days"],
    ["box", "boxes"],
    ["batch", "batches"],
    ["rows", "rows"],
    ["px", "px"],
    ["Zeile", "Zeile"],
    ["min", "min"],
  ])("two of %s are %s", (unit, said) => {
    expect(format.units(unit, 2)).toBe(said);
  });
});

describe("numbers and names", () => {
  test("are grouped by thousands, and percent are rounded down", () => {
    expect(format.number(1284)).toBe("1,284");
    expect([0, 999, -1_000, 12_345_678, 2.5].map(format.number)).toEqual([
      "0",
      "999",
      "-1,000",
      "12,345,678",
      "3",
    ]);
    expect(plain(format.percent(47.9))).toBe("47 %");
    expect(plain(format.plural(1, "try", "tries"))).toBe("1 try");
    expect(plain(format.plural(1200, "task"))).toBe("1,200 tasks");
  });

  test("are shortened to what tells them apart", () => {
    expect(format.shortName("phloem.jobs.resize_image")).toBe("resize_image");
    expect(format.shortName("alone")).toBe("alone");
    expect(format.shortName("odd.")).toBe("odd.");
    expect(format.shortWorker("images@box1")).toBe("images");
    expect(format.shortWorker("celery@box1")).toBe("box1");
    expect(format.shortWorker("box1")).toBe("box1");
  });
});

test("the last half second is any moment, and the first is just now", () => {
  expect(format.left(0.4)).toBe("any moment");
  expect(plain(format.left(12))).toBe("12 s left");
  expect(format.ago(0.2)).toBe("just now");
  expect(plain(format.ago(130))).toBe("2 min ago");
});

test.each([
  [["a"], "a"],
  [["a", "b", "a"], "a (twice), b"],
  [["a", "a", "a"], "a (3 times)"],
])("the names %j are said once each", (names, said) => {
  expect(format.counted(names)).toBe(said);
});
