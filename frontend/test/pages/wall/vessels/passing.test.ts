import { expect, test } from "vitest";
import { begun, Seen } from "../../../../src/pages/wall/vessels/passing";

test("what was not there before has begun, and what is gone is forgotten", () => {
  const known = new Set<string>();
  expect(begun(known, ["a", "b"])).toEqual(["a", "b"]);
  expect(begun(known, ["b", "c"])).toEqual(["c"]);
  expect([...known]).toEqual(["b", "c"]);
});

/** What passes unseen in so many seconds of a queue from which `left` tasks a minute start. */
function missed(seen: Seen, seconds: number, left: number, shown: (second: number) => number) {
  let sum = 0;
  for (let second = 1000; second < 1000 + seconds; second++) {
    for (let each = 0; each < shown(second); each++) seen.add(second);
    sum += seen.missing(second, left);
  }
  return sum;
}

test("starts that were all seen pass once", () => {
  const seen = new Seen();
  missed(seen, 60, 120, () => 2); // the minute before the wall was there
  expect(missed(seen, 60, 120, () => 2)).toBe(0);
});

test("tasks too short to be seen pass as often as the server counts them", () => {
  expect(missed(new Seen(), 60, 120, () => 0)).toBe(120);
});

test("of very many only some pass", () => {
  expect(missed(new Seen(), 60, 60_000, () => 0)).toBeLessThanOrEqual(180);
});

test("a queue from which nothing leaves stands still", () => {
  expect(missed(new Seen(), 120, 0, () => 0)).toBe(0);
});

test("starts of more than a minute ago count no more", () => {
  const seen = new Seen();
  for (let each = 0; each < 50; each++) seen.add(1000);
  expect(seen.missing(1059, 50)).toBe(0);
  const later = Array.from({ length: 60 }, (_, each) => seen.missing(1100 + each, 50));
  expect(later.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(45);
});
