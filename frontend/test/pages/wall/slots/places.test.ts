import { expect, test } from "vitest";
import { oneOfEach, Places } from "../../../../src/pages/wall/slots/places";

test("a task keeps its slot until it ends, and the next one takes the first that is free", () => {
  const places = new Places();
  expect(places.take("w", ["a", "b"], 3)).toEqual(["a", "b", null]);
  expect(places.take("w", ["b"], 3)).toEqual([null, "b", null]);
  expect(places.take("w", ["c", "b"], 3)).toEqual(["c", "b", null]);
});

test("what does not change is the same, so that nothing is drawn anew", () => {
  const places = new Places();
  const before = places.take("w", ["a"], 2);
  expect(places.take("w", ["a"], 2)).toBe(before);
});

test("a worker may run more than it says it can, and have fewer slots than before", () => {
  const places = new Places();
  expect(places.take("w", ["a", "b", "c"], 2)).toEqual(["a", "b", "c"]);
  expect(places.take("w", ["c"], 2)).toEqual([null, null, "c"]);
  expect(places.take("w", [], 1)).toEqual([null]);
});

test("workers that are gone are forgotten", () => {
  const places = new Places();
  places.take("w", ["a", "b"], 2);
  places.keep([]);
  expect(places.take("w", ["b"], 2)).toEqual(["b", null]);
});

test("a worker that was killed and started again has its slots once, those that are there", () => {
  const [gone, there, other] = [
    { name: "a", online: false },
    { name: "a", online: true },
    { name: "b", online: false },
  ];
  expect(oneOfEach([gone, there, other])).toEqual([there, other]);
  expect(oneOfEach([there, gone, { ...there }])).toEqual([there]);
});
