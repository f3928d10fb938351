/** Numbers and times of an embedded bar. */

import { describe, expect, test } from "vitest";
import { Figures } from "../../../src/text/element/figures";

const english = new Figures("en");
const plain = (text: string) => text.replaceAll("\u00a0", " ");

describe("in English, as in the rest of Phloem,", () => {
  test.each([
    [0, "0 s"],
    [0.04, "40 ms"],
    [0.8, "0.8 s"],
    [12.4, "12 s"],
    [125, "2 min 5 s"],
    [120, "2 min"],
    [3840, "1 h 4 min"],
    [266_400, "3 d 2 h"],
  ])("%d seconds are %s", (seconds, said) => {
    expect(plain(english.duration(seconds))).toBe(said);
  });

  test.each([
    [12, "12 s"],
    [90, "2 min"],
    [7200, "2 h"],
    [200_000, "2 d"],
  ])("%d seconds are about %s", (seconds, said) => {
    expect(plain(english.about(seconds))).toBe(said);
  });

  test.each([
    [1_200_000, "B", "1.2 MB/s"],
    [800, "B", "800 B/s"],
    [42, "row", "42 rows/s"],
    [0.2, "row", "12 rows/min"],
    [0.001, "", "3.6/h"],
  ])("%d %s are %s", (perSecond, unit, said) => {
    expect(plain(english.rate(perSecond, unit))).toBe(said);
  });
});

test("other languages write them in their own way", () => {
  const german = new Figures("de");
  expect(plain(german.duration(65.2))).toBe("1 Min. 5 Sek.");
  expect(plain(german.amount(1_200_000, "B"))).toBe("1,2 MB");
  expect(plain(german.percent(47.9))).toBe("47 %");
  expect(new Figures("ar-EG").percent(47)).toContain("٤٧");
  expect(new Figures("ja").about(12)).toContain("秒");
});

test("a unit of a program does not turn the text around it", () => {
  expect(english.amount(2, "\u202erow\u2069")).toBe("2\u00a0rows");
});
