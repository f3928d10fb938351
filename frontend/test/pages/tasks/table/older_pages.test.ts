import { type Signal, signal } from "@preact/signals-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Task } from "../../../../src/contract/messages";
import { PAGES_LIMIT, type PageRows, Pages } from "../../../../src/pages/tasks/table/older_pages";
import { task } from "../../../support/tasks";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** The store of one view of the tasks "1", "2", …; higher numbers are newer. */
class View implements PageRows {
  readonly ids = signal<readonly string[]>([]);
  readonly answered = signal(false);
  readonly next = signal<number | null>(null);
  readonly epoch = signal("e1");
  readonly before: number;
  closed = false;
  readonly #tasks = new Map<string, Signal<Task>>();

  constructor(before = Number.POSITIVE_INFINITY) {
    this.before = before;
  }

  task(id: string) {
    return this.#tasks.get(id);
  }

  /** The newest `limit` of the places in the record. */
  show(places: readonly number[], limit: number) {
    const fit = places.filter((place) => place < this.before).sort((a, b) => b - a);
    for (const offset of fit) {
      this.#tasks.set(String(offset), signal(task({ id: String(offset), offset })));
    }
    this.next.value = fit.length > limit ? (fit[limit - 1] as number) : null;
    this.answered.value = true;
    this.ids.value = fit.slice(0, limit).map(String);
  }
}

function places(from: number, to: number): number[] {
  return Array.from({ length: from - to + 1 }, (_, i) => from - i);
}

function stage(record: readonly number[], limit = 3) {
  const head = new View();
  head.show(record, limit);
  const opened: View[] = [];
  const list = new Pages(head, (before) => {
    const view = new View(before);
    opened.push(view);
    return {
      store: view,
      close: () => {
        view.closed = true;
      },
    };
  });
  const open = () => opened.filter(({ closed }) => !closed);
  return { head, opened, open, list };
}

describe("a list", () => {
  test("has the newest rows until the user scrolls down", () => {
    const { head, list, opened } = stage(places(9, 1));
    expect(list.ids.value).toEqual(["9", "8", "7"]);
    head.show(places(10, 1), 3);
    expect(list.ids.value).toEqual(["10", "9", "8"]);
    expect(list.task("9")).toBe(head.task("9"));
    expect(opened).toEqual([]);
  });

  test("that fits one view has no pages", () => {
    const { list, opened } = stage(places(3, 1));
    list.older();
    expect(opened).toEqual([]);
  });

  test("continues page by page, each where the one before ends, until there are no more", () => {
    const record = places(9, 1);
    const { list, opened } = stage(record);
    list.older();
    expect(opened.map(({ before }) => before)).toEqual([10]);
    list.older();
    expect(opened).toHaveLength(1);
    expect(list.asking).toBe(true);
    for (let page = 0; page < 5; page++) {
      opened.at(-1)?.show(record, 3);
      list.older();
    }
    expect(opened.map(({ before }) => before)).toEqual([10, 7, 4]);
    expect(list.asking).toBe(false);
    expect(list.ids.value).toEqual(record.map(String));
    expect(list.task("2")).toBe(opened[2]?.task("2"));
  });

  test("loses no row between the head and the pages while new rows arrive", () => {
    const { head, list, opened } = stage(places(9, 1));
    list.pin();
    opened[0]?.show(places(9, 1), 3);
    head.show(places(11, 1), 3);
    expect(list.ids.value).toEqual(["11", "10", "9", "8", "7"]);
  });

  test("shows each row once where views overlap, in order even if one is updated later", () => {
    const record = places(9, 1);
    const { head, list, opened } = stage(record);
    list.pin();
    opened[0]?.show(record, 3);
    list.older();
    opened[1]?.show(record, 3);
    opened[0]?.show([9, 7, 6, 5, 4], 3);
    expect(list.ids.value).toEqual(["9", "8", "7", "6", "5", "4"]);
    head.show([9, 7, 6, 5, 4], 3);
    expect(list.ids.value).toEqual(["9", "7", "6", "5", "4"]);
  });

  test("opens a page again that the one before no longer reaches, and shows the old one meanwhile", () => {
    const record = [9, 8, 6, 5, 4, 3, 2, 1];
    const { head, list, opened, open } = stage(record);
    list.pin();
    opened[0]?.show(record, 3);
    list.older();
    opened[1]?.show(record, 3);
    expect(list.ids.value).toEqual(["9", "8", "6", "5", "4", "3"]);
    // 7 begins to fit, so 6 is in no page any more.
    const after = [...record, 7];
    head.show(after, 3);
    opened[0]?.show(after, 3);
    vi.advanceTimersByTime(1_000);
    expect(open().map(({ before }) => before)).toEqual([10, 7]);
    expect(list.ids.value).toEqual(["9", "8", "7", "5", "4", "3"]);
    opened[2]?.show(after, 3);
    expect(list.ids.value).toEqual(["9", "8", "7", "6", "5", "4"]);
  });

  test("has a limit of pages", () => {
    const record = places(200, 1);
    const { list, opened } = stage(record);
    for (let page = 0; page < 2 * PAGES_LIMIT; page++) {
      list.older();
      opened.at(-1)?.show(record, 3);
    }
    expect(opened).toHaveLength(PAGES_LIMIT);
  });

  test("closes its pages in another epoch, and can be scrolled down again to its end", () => {
    const record = places(200, 140);
    const { head, list, opened, open } = stage(record);
    for (let page = 0; page < PAGES_LIMIT; page++) {
      list.older();
      opened.at(-1)?.show(record, 3);
    }
    const anew = places(9, 1);
    head.epoch.value = "e2";
    head.show(anew, 3);
    expect(open()).toEqual([]);
    expect(list.ids.value).toEqual(["9", "8", "7"]);
    expect(vi.getTimerCount()).toBe(0);
    for (let page = 0; page < 3; page++) {
      list.older();
      opened.at(-1)?.show(anew, 3);
    }
    expect(open().map(({ before }) => before)).toEqual([10, 7, 4]);
    expect(list.ids.value).toEqual(anew.map(String));
  });

  test("closes its pages at the top again when there would be a gap", () => {
    const { head, list, opened, open } = stage(places(9, 1));
    list.older();
    opened[0]?.show(places(9, 1), 3);
    list.older();
    head.show(places(12, 1), 3);
    list.leave();
    expect(list.ids.value).toEqual(["12", "11", "10", "9", "8", "7"]);
    head.show(places(13, 1), 3);
    list.leave();
    expect(open()).toEqual([]);
    expect(list.ids.value).toEqual(["13", "12", "11"]);
    expect(vi.getTimerCount()).toBe(0);
    list.older();
    expect(open()).toHaveLength(1);
  });
});
