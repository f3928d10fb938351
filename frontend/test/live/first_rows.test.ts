/** What the page brought along is shown until there is an answer, and never passes for the present. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { asFirstRows } from "../../src/contract/messages";
import { isOfAll } from "../../src/live/first_rows";
import { lateWire } from "../../src/live/socketio/late_wire";
import { Store } from "../../src/live/store";
import { live, stage } from "../support/staged";
import { answer, task } from "../support/tasks";
import { FakeWire } from "../support/wire";

const ROWS = {
  now: 999_999,
  tasks: [task({ id: "a", offset: 1 }), task({ id: "b", offset: 2 })],
  totals: { STARTED: 2 },
};

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the rows", () => {
  test("are shown at once, from no position, and the first answer replaces all of them", () => {
    const store = new Store((flush) => flush());
    store.show(ROWS);
    expect(store.answered.value).toBe(true);
    expect(store.ids.value).toEqual(["b", "a"]);
    expect(store.totals.value).toEqual({ STARTED: 2 });
    expect([store.position, store.epoch.value, store.next.value]).toEqual([null, null, null]);
    store.answer(answer({ offset: 1, tasks: [task({ id: "b", offset: 1 })] }));
    expect(store.ids.value).toEqual(["b"]);
    expect(store.task("b")?.value.offset).toBe(1);
  });

  test("are read from what the server wrote, and from nothing else", () => {
    expect(asFirstRows(JSON.parse(JSON.stringify(ROWS)))).toEqual(ROWS);
    expect(asFirstRows({ ...ROWS, tasks: [{ id: 1 }, ROWS.tasks[0]] })?.tasks).toHaveLength(1);
    for (const other of [null, [], {}, { ...ROWS, now: "1" }, { ...ROWS, totals: 3 }])
      expect(asFirstRows(other)).toBeNull();
  });

  test("are those of a list without a search", () => {
    expect(isOfAll({ view: { limit: 8 } })).toBe(true);
    expect(isOfAll({ view: { limit: 8, q: "x" } })).toBe(false);
    expect(isOfAll({ task: "a" })).toBe(false);
  });
});

describe("a page that shows them", () => {
  test("is connecting, and without a connection for long it says since when they stand", () => {
    const { connection } = stage();
    connection.shows(ROWS.now);
    vi.advanceTimersByTime(4_900);
    expect(connection.link.value).toEqual({ kind: "connecting" });
    vi.advanceTimersByTime(200);
    expect(connection.link.value).toMatchObject({ kind: "reconnecting", since: ROWS.now });
  });

  test("is live with the first answer, as one that shows nothing yet", async () => {
    const { connection } = await live();
    vi.advanceTimersByTime(5_000);
    expect(connection.link.value.kind).not.toBe("reconnecting");
  });
});

describe("a wire whose script comes later", () => {
  test("hands everything on once it is there, and loads the script again after a failure", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const wire = new FakeWire();
    const load = vi.fn().mockRejectedValueOnce(new Error("away")).mockResolvedValue(wire);
    const late = lateWire(load);
    const listener = { down: vi.fn() } as never as Parameters<typeof late.open>[0];
    late.open(listener);
    late.tell("seen", {});
    await expect(late.ask("watch", {}, 1)).rejects.toThrow("no connection");
    expect(late.connected).toBe(false);
    expect(listener.down).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(load).toHaveBeenCalledTimes(2);
    expect(wire.listener).toBe(listener);
    wire.connected = true;
    late.tell("seen", { offset: 1 });
    expect([late.connected, wire.told]).toEqual([
      true,
      [{ message: "seen", content: { offset: 1 } }],
    ]);
  });
});
