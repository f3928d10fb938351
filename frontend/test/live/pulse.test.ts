import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Pulse, SLEPT_MS } from "../../src/live/pulse";

const SLEEP = 600_000;

let pulse: Pulse;
let heard: unknown[];

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  pulse = new Pulse();
  heard = [];
});

afterEach(() => {
  vi.useRealTimers();
});

/** Begins a measurement, and returns the function that answers it. */
function ask() {
  let reply!: (said: unknown) => void;
  const asked = new Promise((resolve) => {
    reply = resolve;
  });
  const measured = pulse.measure(
    () => asked,
    (said) => heard.push(said),
  );
  return async (said: unknown) => {
    reply(said);
    return measured;
  };
}

/** The wall clock advances while no timer runs. */
function sleep() {
  vi.setSystemTime(Date.now() + SLEEP);
  pulse.tick(SLEPT_MS);
}

test("an answer to a question from before a sleep is not trusted, one from after it is", async () => {
  const early = ask();
  sleep();
  expect(await early("early")).toBe(true);
  expect([pulse.waited.value, pulse.roundTrip.value, heard]).toEqual([SLEEP, null, []]);
  await ask()("late");
  expect([pulse.waited.value, pulse.roundTrip.value, heard]).toEqual([0, 0, ["late"]]);
});

test("an answer without a sleep in between is trusted", async () => {
  const answer = ask();
  pulse.tick(SLEPT_MS);
  await answer("it");
  expect([pulse.waited.value, pulse.roundTrip.value, heard]).toEqual([0, 0, ["it"]]);
});
