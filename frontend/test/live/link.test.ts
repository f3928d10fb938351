/** How current the page knows itself to be. */

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

  test("is sent once a second at most, and only when the offset moved", async () => {
    const { wire } = await live();
    vi.advanceTimersByTime(1_000);
    expect(seen(wire)).toEqual([{ watch: "w1", offset: 10 }]);
    for (let i = 10; i < 60; i++) {
      wire.listener.frame(frame({ from: i, to: i + 1 }));
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

  test("without an answer for a while puts the page behind by as much", async () => {
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

  test("is sent at once when the page becomes visible, or after the machine was asleep", async () => {
    const { wire, connection } = await live();
    vi.advanceTimersByTime(1_000);
    await wire.takeOne("seen").reply({ ok: true });
    connection.check();
    await wire.takeOne("seen").reply({ ok: true });
    vi.setSystemTime(Date.now() + 600_000);
    vi.advanceTimersByTime(1_000);
    expect(wire.take("seen")).toHaveLength(1);
  });

  test("puts the page behind after the machine was asleep, until it is acknowledged", async () => {
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

  test("puts a page behind that the browser had frozen, and not one that was hidden", async () => {
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

  test("leaves no doubt after a reconnection", async () => {
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

  test("is sent although the clock of the machine was set back", async () => {
    const { wire } = await live();
    vi.advanceTimersByTime(5_000);
    await wire.takeOne("seen").reply({ ok: true });
    vi.setSystemTime(Date.now() - 3_600_000);
    wire.listener.frame(frame({ from: 10, to: 11 }));
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

  test("for a watch that is not open at the server makes the page ask for it again", async () => {
    const { wire, store } = await live();
    vi.advanceTimersByTime(1_000);
    const refusal = { ok: false, error: "It is not open on this connection." };
    await wire.takeOne("seen").reply(refusal);
    const asked = wire.takeOne();
    expect(asked.content).toEqual({ ...ALL, since: { epoch: "e1", offset: 10 } });
    await asked.reply({ ok: true, ...answer({ offset: 12, resumed: true }) });
    expect(store.position?.offset).toBe(12);
  });

  test("that is refused changes nothing when the watch was closed meanwhile", async () => {
    const { wire, watching } = await live();
    vi.advanceTimersByTime(1_000);
    const asked = wire.takeOne("seen");
    watching.close();
    await asked.reply({ ok: false, error: "It is not open on this connection." });
    expect(wire.take()).toEqual([]);
  });

  test("without acknowledgement makes the wire connect anew", async () => {
    const { wire } = await live();
    vi.advanceTimersByTime(5_000);
    await wire.takeOne("seen").fail();
    expect(wire.renewals).toBe(1);
  });
});

describe("the build", () => {
  test("that the server serves is known from its status", () => {
    const { wire, connection } = stage();
    wire.listener.status({ live: true, since: 0 });
    expect(connection.build.value).toBeNull();
    wire.listener.status({ live: true, since: 0, build: "b2" });
    expect(connection.build.value).toBe("b2");
  });

  test("stays known when an answer changes the state of Redis", async () => {
    const { wire, connection, store } = stage();
    connection.watch(ALL, store);
    wire.connect();
    wire.listener.status({ live: true, since: 0, build: "b2" });
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 1, live: false }) });
    expect(connection.build.value).toBe("b2");
  });
});

describe("Redis", () => {
  test("that records nothing is known from the status, with the reason", () => {
    const { wire, connection } = stage();
    wire.listener.status({ live: true, since: 0, trouble: "Redis is full." });
    expect(connection.trouble.value).toBe("Redis is full.");
    wire.listener.status({ live: true, since: 0 });
    expect(connection.trouble.value).toBeNull();
  });

  test("makes the page stale while it does not answer the server", async () => {
    const { wire, connection } = await live();
    wire.listener.status({ live: false, since: 123 });
    expect(connection.link.value).toEqual({ kind: "stale", since: 123 });
    wire.listener.status({ live: true, since: 130 });
    expect(connection.link.value.kind).toBe("live");
  });

  test("that was away before the page opened is reported by the answer", async () => {
    const { wire, connection, store } = stage();
    connection.watch(ALL, store);
    wire.connect();
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 1, live: false }) });
    expect(connection.link.value.kind).toBe("stale");
  });
});

test("a server that is late, or has to send less often, puts the page behind until that is over", async () => {
  const { wire, connection } = await live();
  wire.listener.frame({ ...frame({ from: 10, to: 11 }), lag: 0.5, tick: 2 });
  expect(connection.link.value).toEqual({ kind: "behind", by: 2.5 });
  wire.listener.frame({ ...frame({ from: 11, to: 12 }), lag: 0.01, tick: 0.05 });
  expect(connection.link.value.kind).toBe("live");
});

describe("the number of viewers", () => {
  test("is the last that the server sent, and unknown without a connection", async () => {
    const { wire, connection } = await live();
    expect(connection.watching.value).toBeNull();
    const told = { ...frame({ from: 10, to: 11 }), watching: { view: 1, all: 3 } };
    wire.listener.frame(told);
    expect(connection.watching.value).toBe(3);
    wire.listener.frame(frame({ from: 11, to: 12 }));
    expect(connection.watching.value).toBe(3);
    wire.lose();
    expect(connection.watching.value).toBeNull();
  });
});
