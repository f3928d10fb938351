/** How true the page knows itself to be. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ALL, live, stage } from "../support/staged";
import { answer, frame } from "../support/tasks";
import type { FakeWire } from "../support/wire";

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

  test("makes a page that has slept admit so until it is answered", async () => {
    const { wire, connection } = await live();
    vi.advanceTimersByTime(1_000);
    await wire.takeOne("seen").reply({ ok: true });
    vi.setSystemTime(Date.now() + 600_000);
    vi.advanceTimersByTime(1_000);
    expect(connection.link.value).toEqual({ kind: "behind", by: 601 });
    vi.advanceTimersByTime(1_000);
    expect(connection.link.value).toEqual({ kind: "behind", by: 602 });
    await wire.takeOne("seen").reply({ ok: true });
    vi.advanceTimersByTime(4_000);
    await wire.takeOne("seen").reply({ ok: true });
    expect(connection.link.value).toEqual({ kind: "live", roundTrip: 0 });
  });

  test("makes a page that was stopped admit so, and not one that was hidden and is looked at again", async () => {
    const { wire, connection } = await live();
    vi.advanceTimersByTime(1_000);
    await wire.takeOne("seen").reply({ ok: true });
    vi.setSystemTime(Date.now() + 30_000);
    connection.check();
    expect(connection.link.value.kind).toBe("live");
    await wire.takeOne("seen").reply({ ok: true });
    vi.setSystemTime(Date.now() + 30_000);
    connection.check(true);
    expect(connection.link.value).toEqual({ kind: "behind", by: 30 });
  });

  test("that was doubted is not, once everything was told anew", async () => {
    const { wire, connection } = await live();
    vi.advanceTimersByTime(1_000);
    wire.lose();
    vi.setSystemTime(Date.now() + 600_000);
    vi.advanceTimersByTime(1_000);
    wire.connect();
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 10, resumed: true }) });
    vi.advanceTimersByTime(4_000);
    expect(connection.link.value.kind).toBe("live");
  });

  test("is said by a machine whose clock was set back, too", async () => {
    const { wire } = await live();
    vi.advanceTimersByTime(5_000);
    await wire.takeOne("seen").reply({ ok: true });
    vi.setSystemTime(Date.now() - 3_600_000);
    wire.hearing.frame(frame({ from: 10, to: 11 }));
    vi.advanceTimersByTime(6_000);
    expect(seen(wire).at(-1)).toEqual({ watch: "w1", offset: 11 });
    expect(wire.take("seen")).toHaveLength(1);
  });

  test("teaches the server's time when it is acknowledged", async () => {
    const { wire, clock } = await live();
    vi.advanceTimersByTime(1_000);
    await wire.takeOne("seen").reply({ ok: true, now: 5_000_000 });
    expect(clock.now()).toBeCloseTo(5_000_000);
  });

  test("of what is not open at the server makes the page ask for it again", async () => {
    const { wire, store } = await live();
    vi.advanceTimersByTime(1_000);
    const refusal = { ok: false, error: "It is not open on this connection." };
    await wire.takeOne("seen").reply(refusal);
    const asked = wire.takeOne();
    expect(asked.content).toEqual({ ...ALL, since: { epoch: "e1", offset: 10 } });
    await asked.reply({ ok: true, ...answer({ offset: 12, resumed: true }) });
    expect(store.position?.offset).toBe(12);
  });

  test("that is refused says nothing of what was closed meanwhile", async () => {
    const { wire, watching } = await live();
    vi.advanceTimersByTime(1_000);
    const asked = wire.takeOne("seen");
    watching.close();
    await asked.reply({ ok: false, error: "It is not open on this connection." });
    expect(wire.take()).toEqual([]);
  });

  test("without acknowledgement gives the connection up for a new one", async () => {
    const { wire } = await live();
    vi.advanceTimersByTime(5_000);
    await wire.takeOne("seen").fail();
    expect(wire.renewals).toBe(1);
  });
});

describe("the build", () => {
  test("that the server hands out is known as soon as it says so", () => {
    const { wire, connection } = stage();
    wire.hearing.status({ live: true, since: 0 });
    expect(connection.build.value).toBeNull();
    wire.hearing.status({ live: true, since: 0, build: "b2" });
    expect(connection.build.value).toBe("b2");
  });

  test("stays known when an answer says more of Redis", async () => {
    const { wire, connection, store } = stage();
    connection.watch(ALL, store);
    wire.connect();
    wire.hearing.status({ live: true, since: 0, build: "b2" });
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 1, live: false }) });
    expect(connection.build.value).toBe("b2");
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
