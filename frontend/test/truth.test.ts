/** How true the page knows itself to be. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ALL, live, stage } from "./staged";
import { answer, frame } from "./tasks";
import type { FakeWire } from "./wire";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("seen", () => {
  function seen(wire: FakeWire) {
    return wire.told.filter(({ message }) => message === "seen").map(({ content }) => content);
  }

  test("is said once a second at most, and only when the offset moved", async () => {
    const { wire } = await live();
    vi.advanceTimersByTime(1_000);
    expect(seen(wire)).toEqual([{ watch: "w1", offset: 10 }]);
    for (let i = 10; i < 60; i++) {
      wire.hearing.frame(frame({ from: i, to: i + 1 }));
      vi.advanceTimersByTime(20);
    }
    expect(seen(wire).length).toBeLessThanOrEqual(3);
    vi.advanceTimersByTime(1_000);
    expect(seen(wire).at(-1)).toEqual({ watch: "w1", offset: 60 });
    const before = seen(wire).length;
    vi.advanceTimersByTime(10_000);
    expect(seen(wire)).toHaveLength(before);
  });

  test("is acknowledged once in five seconds at most, and measures the round trip", async () => {
    const { wire, connection } = await live();
    vi.advanceTimersByTime(1_000);
    const asked = wire.takeOne("seen");
    vi.advanceTimersByTime(40);
    await asked.reply({ ok: true });
    expect(connection.link.value).toEqual({ kind: "live", roundTrip: 40 });
    vi.advanceTimersByTime(4_000);
    expect(wire.take("seen")).toHaveLength(0);
    vi.advanceTimersByTime(2_000);
    expect(wire.take("seen")).toHaveLength(1);
  });

  test("that is long in coming makes the page say how far behind it is", async () => {
    const { wire, connection } = await live();
    vi.advanceTimersByTime(1_000);
    const asked = wire.takeOne("seen");
    vi.advanceTimersByTime(3_000);
    expect(connection.link.value).toEqual({ kind: "behind", by: 3 });
    await asked.reply({ ok: true });
    expect(connection.link.value).toEqual({ kind: "behind", by: 3 });
    vi.advanceTimersByTime(2_000);
    await wire.takeOne("seen").reply({ ok: true });
    expect(connection.link.value.kind).toBe("live");
  });

  test("is asked for at once when somebody begins to look, or when the machine has slept", async () => {
    const { wire, connection } = await live();
    vi.advanceTimersByTime(1_000);
    await wire.takeOne("seen").reply({ ok: true });
    connection.check();
    await wire.takeOne("seen").reply({ ok: true });
    vi.setSystemTime(Date.now() + 600_000);
    vi.advanceTimersByTime(1_000);
    expect(wire.take("seen")).toHaveLength(1);
  });

  test("without acknowledgement gives the connection up for a new one", async () => {
    const { wire } = await live();
    vi.advanceTimersByTime(5_000);
    await wire.takeOne("seen").fail();
    expect(wire.renewals).toBe(1);
  });
});

describe("Redis", () => {
  test("that does not answer the server makes the page stale until it does", async () => {
    const { wire, connection } = await live();
    wire.hearing.status({ live: false, since: 123 });
    expect(connection.link.value).toEqual({ kind: "stale", since: 123 });
    wire.hearing.status({ live: true, since: 130 });
    expect(connection.link.value.kind).toBe("live");
  });

  test("that was gone before the page opened is told by the answer", async () => {
    const { wire, connection, store } = stage();
    connection.watch(ALL, store);
    wire.connect();
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 1, live: false }) });
    expect(connection.link.value.kind).toBe("stale");
  });
});

test("a server that is late itself, or makes one wait, makes the page say so until that is over", async () => {
  const { wire, connection } = await live();
  wire.hearing.frame({ ...frame({ from: 10, to: 11 }), lag: 0.5, tick: 2 });
  expect(connection.link.value).toEqual({ kind: "behind", by: 2.5 });
  wire.hearing.frame({ ...frame({ from: 11, to: 12 }), lag: 0.01, tick: 0.05 });
  expect(connection.link.value.kind).toBe("live");
});

describe("who else is watching", () => {
  test("is what the server last told, and unknown while it cannot tell", async () => {
    const { wire, connection } = await live();
    expect(connection.watching.value).toBeNull();
    const told = { ...frame({ from: 10, to: 11 }), watching: { view: 1, all: 3 } };
    wire.hearing.frame(told);
    expect(connection.watching.value).toBe(3);
    wire.hearing.frame(frame({ from: 11, to: 12 }));
    expect(connection.watching.value).toBe(3);
    wire.lose();
    expect(connection.watching.value).toBeNull();
  });
});
