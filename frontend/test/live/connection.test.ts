import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Store } from "../../src/live/store";
import { ALL, live, stage } from "../support/staged";
import { answer, frame, task } from "../support/tasks";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a watch", () => {
  test("is asked for as soon as there is a connection, and not before", () => {
    const { wire, connection, store } = stage();
    connection.watch(ALL, store);
    expect(wire.asked).toHaveLength(0);
    wire.connect();
    expect(wire.takeOne().content).toEqual({ view: {} });
  });

  test("of a store that has a position resumes there", () => {
    const { wire, connection, store } = stage();
    store.answer(answer({ offset: 7 }));
    wire.connect();
    connection.watch(ALL, store);
    expect(wire.takeOne().content.since).toEqual({ epoch: "e1", offset: 7 });
  });

  test("that is refused shows why, and is not asked for again", async () => {
    const { wire, connection, store } = stage();
    connection.watch(ALL, store);
    wire.connect();
    await wire.takeOne().reply({ ok: false, error: "limit: came 900, at most 200" });
    expect(store.refusal.value).toBe("limit: came 900, at most 200");
    vi.advanceTimersByTime(20_000);
    expect(wire.take()).toHaveLength(0);
  });

  test("that is refused for a moment is asked for again, and nothing is shown as refused", async () => {
    const { wire, connection, store } = stage();
    connection.watch(ALL, store);
    wire.connect();
    await wire.takeOne().reply({ ok: false, error: "could not be read yet", again: true });
    expect(store.refusal.value).toBeNull();
    vi.advanceTimersByTime(250);
    expect(wire.take()).toHaveLength(1);
  });

  test("that gets no answer is asked for again", async () => {
    const { wire, connection, store } = stage();
    connection.watch(ALL, store);
    wire.connect();
    vi.advanceTimersByTime(45_000);
    await wire.takeOne().fail();
    expect(wire.take()).toHaveLength(1);
  });

  test("sets the clock to the server's time, halfway through the round trip", async () => {
    const { wire, clock, connection, store } = stage();
    connection.watch(ALL, store);
    wire.connect();
    vi.advanceTimersByTime(200);
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 1, now: 5_000_000 }) });
    expect(clock.now()).toBeCloseTo(5_000_000.1);
  });
});

describe("frames", () => {
  test("that fit are applied", async () => {
    const { wire, store } = await live();
    wire.listener.frame(frame({ from: 10, to: 12, put: [task({ id: "a", offset: 12 })] }));
    expect(store.ids.value).toEqual(["a"]);
    expect(wire.take()).toHaveLength(0);
  });

  test("after a gap make the watch be asked for again from where it is", async () => {
    const { wire, store } = await live();
    vi.advanceTimersByTime(300);
    wire.listener.frame(frame({ from: 15, to: 16, put: [task({ id: "b", offset: 16 })] }));
    expect(store.ids.value).toEqual([]);
    expect(wire.takeOne().content.since).toEqual({ epoch: "e1", offset: 10 });
  });

  test("of another epoch make the watch be asked for again", async () => {
    const { wire } = await live();
    vi.advanceTimersByTime(300);
    wire.listener.frame(frame({ epoch: "e2", from: 1, to: 2 }));
    expect(wire.takeOne().content.since).toEqual({ epoch: "e1", offset: 10 });
  });

  test("that overtake the first answer are kept and applied after it", async () => {
    const { wire, connection, store } = stage();
    connection.watch(ALL, store);
    wire.connect();
    wire.listener.frame(
      frame({ from: 10, to: 11, put: [task({ id: "a", offset: 11, percent: 2 })] }),
    );
    wire.listener.frame(frame({ watch: "other", from: 90, to: 91 }));
    const old = task({ id: "a", offset: 10, percent: 1 });
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 10, tasks: [old] }) });
    expect(store.task("a")?.value.percent).toBe(2);
    expect(store.position?.offset).toBe(11);
    expect(wire.take()).toHaveLength(0);
  });

  test("that overtake an answer and still leave a gap make the watch be asked for again", async () => {
    const { wire, connection, store } = stage();
    connection.watch(ALL, store);
    wire.connect();
    wire.listener.frame(frame({ from: 12, to: 13 }));
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 10 }) });
    vi.advanceTimersByTime(300);
    expect(wire.takeOne().content.since).toEqual({ epoch: "e1", offset: 10 });
  });

  test("that are malformed change nothing", async () => {
    const { wire, store } = await live();
    for (const content of [
      null,
      7,
      "x",
      [],
      {},
      { watch: "w1" },
      { watch: "w1", epoch: "e1", from: "1", to: 2 },
    ]) {
      wire.listener.frame(content);
      wire.listener.resync(content === null ? null : { reason: "?" });
      wire.listener.status(content);
    }
    expect(store.position?.offset).toBe(10);
    expect(wire.take()).toHaveLength(0);
  });

  test("that never fit make the watch be asked for four times a second at most", async () => {
    const { wire } = await live();
    let asks = 0;
    for (let i = 0; i < 100; i++) {
      wire.listener.frame(frame({ from: 1000, to: 1001 }));
      for (const asked of wire.take()) {
        asks += 1;
        await asked.reply({ ok: true, ...answer({ offset: 10, resumed: true }) });
      }
      vi.advanceTimersByTime(10);
    }
    expect(asks).toBeGreaterThan(0);
    expect(asks).toBeLessThanOrEqual(4);
  });
});

describe("a resync", () => {
  test("makes the watch be asked for again, and says how much changed", async () => {
    const { wire, connection, store } = await live();
    vi.advanceTimersByTime(300);
    wire.listener.resync({ watch: "w1", reason: "behind" });
    const rows = [task({ id: "a", offset: 11 }), task({ id: "b", offset: 12 })];
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 12, resumed: true, tasks: rows }) });
    expect(store.ids.value).toEqual(["b", "a"]);
    expect(connection.link.value).toEqual({ kind: "resynced", changes: 2 });
    vi.advanceTimersByTime(1_000);
    await wire.takeOne("seen").reply({ ok: true });
    vi.advanceTimersByTime(3_000);
    expect(connection.link.value.kind).toBe("live");
  });

  test("while an answer is awaited makes it be asked for once more", async () => {
    const { wire, connection, store } = stage();
    connection.watch(ALL, store);
    wire.connect();
    wire.listener.resync({ watch: "w1", reason: "epoch" });
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 3 }) });
    vi.advanceTimersByTime(300);
    expect(wire.take()).toHaveLength(1);
  });

  test("of an unknown watch is ignored", async () => {
    const { wire } = await live();
    vi.advanceTimersByTime(300);
    wire.listener.resync({ watch: "w9", reason: "behind" });
    expect(wire.take()).toHaveLength(0);
  });
});

describe("a reconnection", () => {
  test("asks for every watch again, each from where it is", async () => {
    const { wire, connection } = await live();
    const other = new Store((flush) => flush());
    connection.watch({ task: "t1" }, other);
    await wire.takeOne().reply({ ok: true, ...answer({ watch: "w2", offset: 4 }) });
    wire.lose();
    expect(connection.link.value.kind).toBe("reconnecting");
    wire.connect();
    expect(wire.take().map(({ content }) => content)).toEqual([
      { view: {}, since: { epoch: "e1", offset: 10 } },
      { task: "t1", since: { epoch: "e1", offset: 4 } },
    ]);
  });

  test("is over when everything is answered, not when the socket is open", async () => {
    const { wire, connection } = await live();
    wire.lose();
    wire.connect();
    expect(connection.link.value.kind).toBe("reconnecting");
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 10, resumed: true }) });
    expect(connection.link.value).toEqual({ kind: "resynced", changes: 0 });
  });

  test("ignores the answer to what was asked over the lost connection", async () => {
    const { wire, connection, store } = stage();
    connection.watch(ALL, store);
    wire.connect();
    const late = wire.takeOne();
    wire.lose();
    wire.connect();
    await late.reply({ ok: true, ...answer({ watch: "gone", offset: 99 }) });
    expect(store.position).toBeNull();
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 5 }) });
    expect(store.position?.offset).toBe(5);
  });

  test("does not take frames under a name of the lost connection", async () => {
    const { wire, store } = await live();
    wire.lose();
    wire.connect();
    wire.listener.frame(frame({ from: 10, to: 11, put: [task({ id: "a", offset: 11 })] }));
    await wire.takeOne().reply({ ok: true, ...answer({ watch: "new", offset: 10 }) });
    expect(store.ids.value).toEqual([]);
  });

  test("before the first connection is called connecting", () => {
    const { connection } = stage();
    expect(connection.link.value.kind).toBe("connecting");
  });

  test("that is denied is reported as denied", async () => {
    const { wire, connection } = await live();
    wire.lose();
    wire.listener.denied();
    expect(connection.link.value).toMatchObject({ kind: "reconnecting", denied: true });
  });

  test("that finds an unknown session time and again is reported as scattered until it is live", async () => {
    const { wire, connection } = await live();
    wire.lose();
    wire.listener.scattered();
    expect(connection.link.value).toMatchObject({ kind: "reconnecting", scattered: false });
    wire.listener.scattered();
    expect(connection.link.value).toMatchObject({ kind: "reconnecting", scattered: true });
    wire.connect();
    await wire.takeOne().reply({ ok: true, ...answer({ watch: "w2", offset: 10 }) });
    wire.lose();
    wire.listener.scattered();
    expect(connection.link.value).toMatchObject({ kind: "reconnecting", scattered: false });
  });
});

test("a watch whose search was unfinished says so when it is asked for again", async () => {
  const { wire } = await live();
  for (const searching of [true, false]) {
    wire.listener.frame({ ...frame({ from: 10, to: 10 }), searching });
    wire.lose();
    wire.connect();
    const asked = wire.takeOne();
    expect(asked.content.searching).toBe(searching || undefined);
    await asked.reply({ ok: true, ...answer({ offset: 10, resumed: true, searching }) });
  }
});

describe("a connection that is silent", () => {
  test("is made anew after eight seconds", async () => {
    const { wire } = await live();
    vi.advanceTimersByTime(5_000);
    const asked = wire.takeOne("seen");
    expect(asked.within).toBe(8_000);
    await asked.fail();
    expect(wire.renewals).toBe(1);
  });

  test("is waited for longer while an answer is under way, which may be large", async () => {
    const { wire, connection } = await live();
    const other = connection.watch({ view: { limit: 200 } }, new Store((flush) => flush()));
    other.close(); // the server answers all the same
    vi.advanceTimersByTime(5_000);
    expect(wire.takeOne("seen").within).toBe(45_000);
    await wire.takeOne().reply({ ok: true, ...answer({ watch: "w2", offset: 10 }) });
    vi.advanceTimersByTime(5_000);
    expect(wire.take("seen")).toHaveLength(0); // the first is still awaited
  });
});

test("what is shown again is as old as it was left until it is answered", async () => {
  const { wire, connection, store, watching } = await live();
  watching.close();
  vi.advanceTimersByTime(60_000);
  connection.watch(ALL, store);
  expect(connection.link.value.kind).toBe("live"); // for less than a second
  vi.advanceTimersByTime(2_000);
  expect(connection.link.value).toEqual({ kind: "behind", by: 62 });
  await wire.takeOne().reply({ ok: true, ...answer({ offset: 10 }) });
  expect(connection.link.value.kind).toBe("live");
});

test("what was left while the connection was lost is as old as that", async () => {
  const { wire, connection, store, watching } = await live();
  wire.lose();
  vi.advanceTimersByTime(30_000);
  watching.close();
  connection.watch({ view: { limit: 8 } }, new Store((flush) => flush()));
  wire.connect();
  await wire.takeOne().reply({ ok: true, ...answer({ watch: "w2", offset: 10 }) });
  connection.watch(ALL, store);
  vi.advanceTimersByTime(2_000);
  expect(connection.link.value).toEqual({ kind: "behind", by: 32 });
});

describe("closing a watch", () => {
  test("closes it at the server", async () => {
    const { wire, watching } = await live();
    watching.close();
    expect(wire.told).toEqual([{ message: "unwatch", content: { watch: "w1" } }]);
  });

  test("leaves it open at the server while another watch has the same name", async () => {
    const { wire, connection, watching } = await live();
    const second = connection.watch({ view: { limit: 200 } }, new Store((flush) => flush()));
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 10 }) });
    watching.close();
    expect(wire.told).toEqual([]);
    second.close();
    expect(wire.told).toHaveLength(1);
  });

  test("without a connection sends nothing, then or later", async () => {
    const { wire, connection, watching } = await live();
    wire.lose();
    watching.close();
    wire.connect();
    connection.watch(ALL, new Store((flush) => flush()));
    await wire.takeOne().reply({ ok: true, ...answer({ watch: "w8", offset: 10 }) });
    expect(wire.told).toEqual([]);
  });

  test("waits for answers that may turn out to share its name", async () => {
    const { wire, connection, watching } = await live();
    connection.watch({ view: { limit: 200 } }, new Store((flush) => flush()));
    watching.close();
    expect(wire.told).toEqual([]);
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 10 }) });
    expect(wire.told).toEqual([]);
  });

  test("before its answer arrived closes at the server what the answer opened", async () => {
    const { wire, connection, store } = stage();
    const watching = connection.watch(ALL, store);
    wire.connect();
    watching.close();
    await wire.takeOne().reply({ ok: true, ...answer({ watch: "w5", offset: 1 }) });
    expect(wire.told).toEqual([{ message: "unwatch", content: { watch: "w5" } }]);
    expect(store.position).toBeNull();
  });

  test("does not affect another watch with the same name", async () => {
    const { wire, connection, watching, store } = await live();
    const other = new Store((flush) => flush());
    connection.watch({ view: { limit: 200 } }, other);
    await wire.takeOne().reply({ ok: true, ...answer({ offset: 10 }) });
    watching.close();
    wire.listener.frame(frame({ from: 10, to: 11 }));
    expect(other.position?.offset).toBe(11);
    expect(store.position?.offset).toBe(10);
  });
});
