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

/** Asks the server, and returns what answers. */
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

/** The clock goes on, and no timer does. */
function sleep() {
  vi.setSystemTime(Date.now() + SLEEP);
  pulse.tick(SLEPT_MS);
}

test("an answer from before a sleep does not say that all is known, and one from after it does", async () => {
  const early = ask();
  sleep();
  expect(await early("early")).toBe(true);
  expect([pulse.waited.value, pulse.roundTrip.value, heard]).toEqual([SLEEP, null, []]);
  await ask()("late");
  expect([pulse.waited.value, pulse.roundTrip.value, heard]).toEqual([0, 0, ["late"]]);
});

test("an answer that is awaited without a sleep between is trusted", async () => {
  const answer = ask();
  pulse.tick(SLEPT_MS);
  await answer("it");
  expect([pulse.waited.value, pulse.roundTrip.value, heard]).toEqual([0, 0, ["it"]]);
});
