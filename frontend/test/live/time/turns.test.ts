import { signal } from "@preact/signals-core";
import { expect, test } from "vitest";
import { TURNS, Turns } from "../../../src/live/time/turns";

/** A clock that is told in turns, or at once; `paint` lets a frame pass. */
function stage(inTurns: boolean) {
  const pace = { inTurns };
  const time = signal(1);
  let waiting: (() => void)[] = [];
  const turns = new Turns(
    time,
    (run) => waiting.push(run),
    () => pace.inTurns,
  );
  const rows = Array.from({ length: 2 * TURNS }, () => turns.next());
  const paint = () => {
    const now = waiting;
    waiting = [];
    for (const run of now) run();
  };
  return { time, pace, paint, told: () => rows.filter((row) => row.value === time.value).length };
}

test("all are told at once where little changes", () => {
  const { time, told } = stage(false);
  time.value = 2;
  expect(told()).toBe(2 * TURNS);
});

test("in each frame a part of them is told the time, until all know it", () => {
  const { time, paint, told } = stage(true);
  for (let turn = 0; turn < TURNS; turn++) paint();
  time.value = 2;
  const counts = [told()];
  for (let turn = 1; turn < TURNS; turn++) {
    paint();
    counts.push(told());
  }
  expect(counts).toEqual(Array.from({ length: TURNS }, (_, turn) => 2 * (turn + 1)));
});

test("a time that is overtaken is told to nobody any more", () => {
  const { time, pace, paint, told } = stage(true);
  time.value = 2;
  paint();
  pace.inTurns = false;
  time.value = 3;
  expect(told()).toBe(2 * TURNS);
  for (let turn = 0; turn < TURNS; turn++) paint();
  expect(told()).toBe(2 * TURNS);
});
