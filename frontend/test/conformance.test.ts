/**
 * The cases that every client has to come out of alike, run by the page: `phloem watch` runs the same ones. How they
 * are written is said in tests/conformance/reading.py.
 */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import boards from "../../tests/conformance/cases/boards.json";
import defaults from "../../tests/conformance/cases/defaults.json";
import early from "../../tests/conformance/cases/early.json";
import frames from "../../tests/conformance/cases/frames.json";
import queries from "../../tests/conformance/cases/queries.json";
import resuming from "../../tests/conformance/cases/resuming.json";
import type { Request } from "../src/contract/messages";
import { Board, type BoardName } from "../src/live/board";
import { Connection } from "../src/live/connection";
import { Store } from "../src/live/store";
import { Clock } from "../src/live/time/clock";
import { read } from "../src/search/query";
import { type Asked, FakeWire } from "./support/wire";

type Content = Readonly<Record<string, unknown>>;
type Kind = "answer" | "refuse" | "frame" | "resync" | "status" | "picture";

type Step = Readonly<Partial<Record<Kind, Content>>> & {
  readonly connect?: boolean;
  readonly lose?: boolean;
  /** Seconds. */
  readonly wait?: number;
  readonly times?: number;
  readonly to?: number;
  readonly is?: string;
  readonly asks?: Content;
  readonly tells?: readonly Content[];
  readonly shows?: Content | null;
};

interface Case {
  readonly name: string;
  readonly watch?: Request;
  readonly board?: BoardName;
  readonly steps: readonly Step[];
}

const KINDS = ["answer", "refuse", "frame", "resync", "status", "picture"] as const;
const ROWS = { tasks: "task", put: "task", log: "entry" } as const;

/** A message as it is sent: what is given, and the defaults of its kind, of its tasks and of its log. */
function message(kind: Kind, given: Content): Content {
  const whole: Record<string, unknown> = { ...defaults[kind], ...given };
  for (const [name, each] of Object.entries(ROWS)) {
    const rows = whole[name] as readonly Content[] | undefined;
    if (rows) whole[name] = rows.map((row) => ({ ...defaults[each], ...row }));
  }
  return whole;
}

/** A page that shows one view or one board, and the server that a case describes. */
class Page {
  readonly #wire = new FakeWire();
  readonly #connection = new Connection(this.#wire, new Clock());
  readonly #asked: Asked[] = [];
  readonly #watch: string;

  constructor(watch: string) {
    this.#watch = watch;
    this.#connection.open();
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Lets the step happen. Returns what the page asked for and told because of it. */
  async happen(step: Step): Promise<{ readonly asks: Content[]; readonly tells: unknown[] }> {
    this.#wire.told.length = 0;
    if (step.connect) this.#wire.connect();
    if (step.lose) this.#wire.lose();
    if (step.wait) await this.#wait(1000 * step.wait);
    for (const kind of KINDS) {
      const given = step[kind];
      for (let i = 0; given && i < (step.times ?? 1); i++) {
        await this.#deliver(kind, message(kind, given), step);
      }
    }
    await vi.advanceTimersByTimeAsync(0);
    const asked = this.#wire.take();
    this.#asked.push(...asked);
    const seen = this.#wire.told.filter((told) => told.message === "seen");
    return { asks: asked.map(({ content }) => content), tells: seen.map(({ content }) => content) };
  }

  /** Lets time pass in small parts, in each of which the server acknowledges what it is asked. */
  async #wait(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 50) {
      await vi.advanceTimersByTimeAsync(50);
      for (const seen of this.#wire.take("seen"))
        await seen.reply({ ok: true, now: Date.now() / 1000 });
    }
  }

  async #deliver(kind: Kind, content: Content, { to = -1, is }: Step): Promise<void> {
    if (kind === "answer" || kind === "refuse" || is === "answer") {
      await this.#asked.at(to)?.reply({ watch: this.#watch, ...content });
    } else {
      const listener = this.#wire.listener;
      if (kind === "picture") listener.board({ watch: this.#watch, ...content });
      else listener[kind](content);
    }
  }
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_024_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

function shownOf(store: Store, connection: Connection): Content {
  const link = connection.link.value;
  return {
    tasks: store.ids.value.map((id) => {
      const task = store.task(id)?.value;
      return [id, task?.state, task?.offset];
    }),
    totals: store.totals.value,
    position: store.position,
    searching: store.searching.value,
    log: store.log.value.map(({ id }) => id),
    refusal: store.refusal.value,
    link: link.kind,
    changes: link.kind === "resynced" ? link.changes : 0,
  };
}

const conversations = [...frames, ...resuming, ...early] as unknown as Case[];

describe("a view or a task", () => {
  test.each(conversations)("$name", async ({ watch = { view: {} }, steps }) => {
    const page = new Page("w");
    const store = new Store((flush) => flush());
    page.connection.watch(watch, store);
    for (const step of steps) {
      const { asks, tells } = await page.happen(step);
      expect(asks, JSON.stringify(step)).toEqual(step.asks ? [step.asks] : []);
      if (step.tells) expect(tells, JSON.stringify(step)).toEqual(step.tells);
      if (step.shows) expect(shownOf(store, page.connection)).toMatchObject(step.shows);
    }
  });
});

describe("a board", () => {
  test.each(boards as unknown as Case[])("$name", async ({ board: name = "now", steps }) => {
    const page = new Page(`board:${name}`);
    const board = new Board(name);
    page.connection.board(board);
    for (const step of steps) {
      const { asks } = await page.happen(step);
      expect(asks, JSON.stringify(step)).toEqual(step.asks ? [step.asks] : []);
      if (step.shows !== undefined) expect(board.picture.value).toEqual(step.shows);
    }
  });
});

describe("the search box", () => {
  const present = { now: 1_024_000, zone: "utc" } as const;

  test.each(queries.read)("asks with '$text' for what the case says", ({ text, query }) => {
    expect(read(text, present)).toEqual({ query, fault: null, turns: null });
  });

  test.each(queries.faults)("finds a fault in '$text'", ({ text, fault }) => {
    expect(read(text, present).fault).toEqual(fault);
  });
});
