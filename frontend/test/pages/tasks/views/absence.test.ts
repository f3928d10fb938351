import { expect, test } from "vitest";
import { Absence } from "../../../../src/pages/tasks/views/absence";

function told(absence: Absence, ...counts: number[]): boolean[] {
  return counts.map((count) => absence.isFirst(count));
}

test("the first task that comes while one is away is told, and no other", () => {
  const absence = new Absence();
  absence.turn(true, 0);
  expect(told(absence, 0, 1, 2)).toEqual([false, true, false]);
});

test("what came while one looked is not told", () => {
  const absence = new Absence();
  absence.turn(false, 0);
  expect(told(absence, 1, 2)).toEqual([false, false]);
});

test("tasks that were there when one left are not told, those that come after them are", () => {
  const absence = new Absence();
  absence.turn(true, 7);
  expect(told(absence, 7, 6, 7)).toEqual([false, false, true]);
});

test("where nothing was known yet, the first number is where it begins", () => {
  const absence = new Absence();
  absence.turn(true, null);
  expect(told(absence, 4, 5)).toEqual([false, true]);
});

test("each absence is told of once", () => {
  const absence = new Absence();
  absence.turn(true, 0);
  absence.isFirst(1);
  absence.turn(false, 1);
  absence.turn(true, 1);
  expect(told(absence, 1, 2, 3)).toEqual([false, true, false]);
});
