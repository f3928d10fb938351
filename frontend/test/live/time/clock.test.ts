import { expect, test } from "vitest";
import { Clock } from "../../../src/live/time/clock";

test("a clock that is an hour wrong tells the server's time all the same", () => {
  const clock = new Clock(() => 1000 + 3600);
  clock.learn(1000, 0.02);
  expect(clock.now()).toBeCloseTo(1000.01);
});

test("a slower answer does not replace the estimate of a quick one", () => {
  let local = 0;
  const clock = new Clock(() => local);
  clock.learn(100, 0.01);
  local = 10;
  clock.learn(109, 2);
  expect(clock.now()).toBeCloseTo(110.005);
});

test("a server clock that was set is followed at once", () => {
  let local = 0;
  const clock = new Clock(() => local);
  clock.learn(100, 0.01);
  local = 5000;
  clock.learn(110, 0.5);
  expect(clock.now()).toBeCloseTo(110.25);
});
