import { effect } from "@preact/signals-core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { LOG_LIMIT_ENTRIES } from "../../src/contract/generated";
import type { Pace } from "../../src/live/rush";
import { Store } from "../../src/live/store";
import { answer, frame, line, task } from "../support/tasks";

/** A store that is flushed when the test says so. */
function stage(pace?: Pace) {
  const flushes: (() => void)[] = [];
  const store = new Store((flush) => flushes.push(flush), pace);
  return {
    store,
    flushes,
    paint: () => {
      for (const flush of flushes.splice(0)) flush();
    },
  };
}

function messages(store: Store): string[] {
  return store.log.value.map((entry) => entry.message);
}

describe("an answer", () => {
  test("shows its tasks newest first, whatever their order of change", () => {
    const { store, paint } = stage();
    const old = task({ id: "old", offset: 9, first_offset: 1 });
    const young = task({ id: "young", offset: 8, first_offset: 5 });
    store.answer(answer({ offset: 9, tasks: [old, young], totals: { STARTED: 2 } }));
    expect(store.answered.value).toBe(false);
    paint();
    expect(store.ids.value).toEqual(["young", "old"]);
    expect(store.totals.value).toEqual({ STARTED: 2 });
    expect(store.epoch.value).toBe("e1");
    expect(store.answered.value).toBe(true);
  });

  test("that does not resume removes tasks that it does not have", () => {
    const { store, paint } = stage();
    store.answer(
      answer({ offset: 2, tasks: [task({ id: "a", offset: 1 }), task({ id: "b", offset: 2 })] }),
    );
    const changes = store.answer(answer({ offset: 5, tasks: [task({ id: "b", offset: 2 })] }));
    paint();
    expect(store.ids.value).toEqual(["b"]);
    expect(changes).toBe(1);
  });

  test("that resumes keeps tasks that it does not mention and removes those it drops", () => {
    const { store, paint } = stage();
    const rows = ["a", "b", "c"].map((id, i) => task({ id, offset: i + 1 }));
    store.answer(answer({ offset: 3, tasks: rows }));
    const changes = store.answer(
      answer({
        offset: 6,
        resumed: true,
        drop: ["a"],
        tasks: [task({ id: "b", offset: 6, first_offset: 2, percent: 50 })],
      }),
    );
    paint();
    expect(store.ids.value).toEqual(["c", "b"]);
    expect(store.task("b")?.value.percent).toBe(50);
    expect(changes).toBe(2);
  });

  test("of another epoch replaces everything, even rows with smaller offsets", () => {
    const { store, paint } = stage();
    store.answer(
      answer({ offset: 90, tasks: [task({ id: "a", offset: 90 })], log: [line("1-0")] }),
    );
    store.answer(
      answer({ epoch: "e2", offset: 3, tasks: [task({ id: "a", offset: 3, percent: 7 })] }),
    );
    paint();
    expect(store.task("a")?.value.percent).toBe(7);
    expect(store.position).toEqual({ epoch: "e2", offset: 3 });
    expect(store.log.value).toEqual([]);
  });

  test("from a server that is behind does not replace a newer row", () => {
    const { store, paint } = stage();
    store.answer(answer({ offset: 9, tasks: [task({ id: "a", offset: 9, state: "SUCCESS" })] }));
    store.answer(answer({ offset: 7, tasks: [task({ id: "a", offset: 7, state: "STARTED" })] }));
    paint();
    expect(store.task("a")?.value.state).toBe("SUCCESS");
    expect(store.position?.offset).toBe(7);
  });
});

describe("a frame", () => {
  test("fits when it begins at or before what is known, and moves the position on", () => {
    const { store } = stage();
    store.answer(answer({ offset: 10 }));
    expect(store.take(frame({ from: 10, to: 12 }))).toBe(true);
    expect(store.take(frame({ from: 8, to: 13 }))).toBe(true);
    expect(store.position).toEqual({ epoch: "e1", offset: 13 });
  });

  test("does not fit after a gap, in another epoch, or before any answer", () => {
    const { store } = stage();
    expect(store.take(frame({ from: 0, to: 1 }))).toBe(false);
    store.answer(answer({ offset: 10 }));
    expect(store.take(frame({ from: 11, to: 12 }))).toBe(false);
    expect(store.take(frame({ epoch: "e2", from: 10, to: 12 }))).toBe(false);
    expect(store.position?.offset).toBe(10);
  });

  test("that was overtaken by an answer changes nothing", () => {
    const { store, paint } = stage();
    store.answer(
      answer({ offset: 12, tasks: [task({ id: "a", offset: 12 })], totals: { STARTED: 1 } }),
    );
    expect(store.take(frame({ from: 10, to: 11, drop: ["a"], totals: {} }))).toBe(true);
    paint();
    expect(store.ids.value).toEqual(["a"]);
    expect(store.totals.value).toEqual({ STARTED: 1 });
    expect(store.position?.offset).toBe(12);
  });

  test("that was overtaken by an answer never moves the position back", () => {
    const { store } = stage();
    store.answer(answer({ offset: 10 }));
    expect(store.take(frame({ from: 4, to: 8 }))).toBe(true);
    expect(store.position?.offset).toBe(10);
  });

  test("never puts an older row over a newer one", () => {
    const { store, paint } = stage();
    store.answer(answer({ offset: 10, tasks: [task({ id: "a", offset: 10, percent: 60 })] }));
    store.take(frame({ from: 8, to: 10, put: [task({ id: "a", offset: 9, percent: 40 })] }));
    paint();
    expect(store.task("a")?.value.percent).toBe(60);
  });

  test("applied twice is the same as applied once", () => {
    const { store, paint } = stage();
    store.answer(answer({ offset: 1 }));
    const twice = frame({
      from: 1,
      to: 2,
      put: [task({ id: "a", offset: 2 })],
      log: [line("1-0")],
    });
    store.take(twice);
    store.take(twice);
    paint();
    expect(store.ids.value).toEqual(["a"]);
    expect(messages(store)).toEqual(["1-0"]);
  });

  test("without totals leaves the totals as they were", () => {
    const { store, paint } = stage();
    store.answer(answer({ offset: 1, totals: { SUCCESS: 4 } }));
    store.take(frame({ from: 1, to: 2 }));
    paint();
    expect(store.totals.value).toEqual({ SUCCESS: 4 });
  });
});

describe("painting", () => {
  test("happens once for many frames, and shows only where a task ended up", () => {
    const { store, flushes, paint } = stage();
    store.answer(answer({ offset: 0, tasks: [task({ id: "a", offset: 0 })] }));
    paint();
    const shown: (number | null)[] = [];
    effect(() => {
      shown.push(store.task("a")?.value.percent ?? null);
    });
    for (let i = 1; i <= 100; i++) {
      store.take(
        frame({
          from: i - 1,
          to: i,
          put: [task({ id: "a", offset: i, percent: i, first_offset: 0 })],
        }),
      );
    }
    expect(flushes).toHaveLength(1);
    paint();
    expect(shown).toEqual([null, 100]);
  });

  test("leaves the list alone when only the tasks in it change", () => {
    const { store, paint } = stage();
    store.answer(answer({ offset: 1, tasks: [task({ id: "a", offset: 1 })] }));
    paint();
    const before = store.ids.value;
    store.take(frame({ from: 1, to: 2, put: [task({ id: "a", offset: 2, first_offset: 1 })] }));
    paint();
    expect(store.ids.value).toBe(before);
  });

  test("a task that came and left between two paintings is never seen", () => {
    const { store, paint } = stage();
    store.answer(answer({ offset: 1 }));
    store.take(frame({ from: 1, to: 2, put: [task({ id: "a", offset: 2 })] }));
    store.take(frame({ from: 2, to: 3, drop: ["a"] }));
    paint();
    expect(store.ids.value).toEqual([]);
    expect(store.task("a")).toBeUndefined();
  });

  test("clears a refusal when an answer arrives after all", () => {
    const { store, paint } = stage();
    store.refuse("no such view", "view_unknown");
    expect([store.refusal.value, store.refusalCode]).toEqual(["no such view", "view_unknown"]);
    store.answer(answer({ offset: 1 }));
    paint();
    expect(store.refusal.value).toBeNull();
  });
});

describe("the log", () => {
  test("holds each entry once, in the order of stream ids and not of text", () => {
    const { store, paint } = stage();
    store.answer(answer({ offset: 1, log: [line("9-0"), line("10-2")] }));
    store.take(frame({ from: 1, to: 2, log: [line("10-2"), line("10-10"), line("11-0")] }));
    store.take(frame({ from: 1, to: 2, log: [line("10-1")] }));
    paint();
    expect(messages(store)).toEqual(["9-0", "10-1", "10-2", "10-10", "11-0"]);
  });

  test("keeps the first lines and the last of a long one", () => {
    const { store, paint } = stage();
    const log = Array.from({ length: LOG_LIMIT_ENTRIES + 5 }, (_, i) => line(`${i + 1}-0`));
    store.answer(answer({ offset: 1, log }));
    paint();
    expect(store.log.value).toHaveLength(0.48 * LOG_LIMIT_ENTRIES + 1);
    expect(store.log.value[0]?.id).toBe("1-0");
    expect(store.log.value.at(-1)?.id).toBe(`${LOG_LIMIT_ENTRIES + 5}-0`);
  });

  test("is the one of an answer that does not resume", () => {
    const { store, paint } = stage();
    store.answer(answer({ offset: 1, log: [line("1-0")] }));
    store.answer(answer({ offset: 900, resumed: false, log: [line("500-0")] }));
    paint();
    expect(messages(store)).toEqual(["500-0"]);
  });

  test("goes on where it was after a short break", () => {
    const { store, paint } = stage();
    store.answer(answer({ offset: 1, log: [line("1-0"), line("2-0")] }));
    store.answer(answer({ offset: 9, resumed: true, log: [line("2-0"), line("3-0")] }));
    paint();
    expect(messages(store)).toEqual(["1-0", "2-0", "3-0"]);
  });
});

describe("rows that stand for a while", () => {
  afterEach(() => void vi.useRealTimers());

  test("are current, and give way to others when it is over", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { store, paint } = stage({ count: () => {}, stands: 100 });
    const old = task({ id: "old", offset: 1, first_offset: 1, state: "STARTED" });
    store.answer(answer({ offset: 1, tasks: [old] }));
    paint();
    const young = task({ id: "young", offset: 2, first_offset: 2 });
    store.take(frame({ from: 1, to: 2, put: [young] }));
    store.take(frame({ from: 2, to: 3, put: [{ ...old, offset: 3, state: "SUCCESS" }] }));
    paint();
    expect(store.ids.value).toEqual(["old"]);
    expect(store.task("old")?.value.state).toBe("SUCCESS");
    store.take(frame({ from: 3, to: 4, drop: ["old"] }));
    vi.advanceTimersByTime(90);
    paint();
    expect(store.ids.value).toEqual(["old"]);
    expect(store.task("old")?.value.state).toBe("SUCCESS");
    vi.advanceTimersByTime(20);
    paint();
    expect(store.ids.value).toEqual(["young"]);
    expect(store.task("old")).toBeUndefined();
  });

  test("give way to an answer at once", () => {
    const { store, paint } = stage({ count: () => {}, stands: 100 });
    store.answer(answer({ offset: 1, tasks: [task({ id: "old", offset: 1 })] }));
    paint();
    store.answer(answer({ epoch: "e2", offset: 1, tasks: [task({ id: "other", offset: 1 })] }));
    paint();
    expect(store.ids.value).toEqual(["other"]);
    expect(store.epoch.value).toBe("e2");
  });

  test("leave a refusal in sight when they give way", () => {
    const { store, paint } = stage({ count: () => {}, stands: 100 });
    store.answer(answer({ offset: 1, tasks: [task({ id: "old", offset: 1 })] }));
    paint();
    store.take(frame({ from: 1, to: 2, put: [task({ id: "young", offset: 2 })] }));
    paint();
    store.refuse("Not allowed.");
    paint();
    expect(store.refusal.value).toBe("Not allowed.");
  });
});
