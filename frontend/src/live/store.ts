/**
 * The state of one watch: its tasks, its log, and the position up to which they are complete.
 *
 * Frames are applied when they arrive: position and rows move together, and a frame that does not fit is refused. The
 * signals that components read follow once per painting, in one batch, with one signal per task. A tab that is not
 * painted therefore holds each task once, however many frames it receives.
 */

import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { LOG_LIMIT_ENTRIES } from "../contract/generated";
import { newestFirst } from "../contract/groups";
import { mergeLog, shortened } from "../contract/log";
import type {
  Answer,
  Epoch,
  FirstRows,
  Frame,
  LogEntry,
  Position,
  Task,
  Totals,
} from "../contract/messages";
import { CALM, type Pace } from "./rush";

/** Runs `flush` later, before the next painting. */
export type FlushScheduler = (flush: () => void) => void;

export class Store {
  /** Up to where the state is complete; null before the first answer. */
  position: Position | null = null;
  /** When it was current for the last time (`performance.now()`), if nothing has kept it so since. */
  leftAt: number | null = null;

  readonly #held = new Map<string, Task>();
  #heldLog: readonly LogEntry[] = [];
  #heldTotals: Totals = {};
  #heldSearching = false;
  #heldNext: number | null = null;

  readonly #schedule: FlushScheduler;
  readonly #pace: Pace;
  readonly #touched = new Set<string>();
  #logTouched = false;
  #scheduled = false;
  /** Whether tasks came, went or moved since the rows were put in order. */
  #moved = false;
  #orderedAt = Number.NEGATIVE_INFINITY;
  /** Whether the server has said something since it refused the request. */
  #heard = true;

  readonly #shown = new Map<string, Signal<Task>>();
  readonly #ids = signal<readonly string[]>([]);
  readonly #totals = signal<Totals>({});
  readonly #log = signal<readonly LogEntry[]>([]);
  readonly #answered = signal(false);
  readonly #searching = signal(false);
  readonly #next = signal<number | null>(null);
  readonly #epoch = signal<Epoch | null>(null);
  readonly #refusal = signal<string | null>(null);
  /** The code of that refusal. */
  refusalCode = "";

  constructor(schedule: FlushScheduler, pace: Pace = CALM) {
    this.#schedule = schedule;
    this.#pace = pace;
  }

  /** Ids of the tasks, newest first. */
  get ids(): ReadonlySignal<readonly string[]> {
    return this.#ids;
  }

  /** How many tasks there are in each state. */
  get totals(): ReadonlySignal<Totals> {
    return this.#totals;
  }

  /** The last entries, oldest first. */
  get log(): ReadonlySignal<readonly LogEntry[]> {
    return this.#log;
  }

  /** Whether the server has answered, or the page brought rows along: until then an empty list does not mean that there are no tasks. */
  get answered(): ReadonlySignal<boolean> {
    return this.#answered;
  }

  /** Whether the server is still searching: until it has finished, more tasks may fit than are here. */
  get searching(): ReadonlySignal<boolean> {
    return this.#searching;
  }

  /** The `before` of the request for the rows that follow; null when there are none. */
  get next(): ReadonlySignal<number | null> {
    return this.#next;
  }

  /** The epoch of what is shown, in which `next` counts; null before the first answer. */
  get epoch(): ReadonlySignal<Epoch | null> {
    return this.#epoch;
  }

  /** Why the server refuses the request, in its words; null when it does not. */
  get refusal(): ReadonlySignal<string | null> {
    return this.#refusal;
  }

  /** Like `searching`, but as of the last message instead of the last painting. */
  get unfinished(): boolean {
    return this.#heldSearching;
  }

  /** The signal of a task that is in `ids`. */
  task(id: string): ReadonlySignal<Task> | undefined {
    return this.#shown.get(id);
  }

  /** Shows at once what the page brought along. It has no position: the first answer replaces all of it. */
  show({ tasks, totals }: FirstRows): void {
    for (const task of tasks) this.#put(task);
    this.#heldTotals = totals;
    this.#flush();
  }

  /** Applies the answer to a watch, and returns how many tasks it changed. */
  answer(answer: Answer): number {
    const before = new Map([...this.#held].map(([id, task]) => [id, task.offset]));
    const sameEpoch = this.position?.epoch === answer.epoch;
    if (!sameEpoch) {
      for (const id of [...this.#held.keys()]) this.#drop(id);
    } else if (!answer.resumed) {
      const present = new Set(answer.tasks.map((task) => task.id));
      for (const id of [...this.#held.keys()]) if (!present.has(id)) this.#drop(id);
    }
    for (const id of answer.drop) this.#drop(id);
    for (const task of answer.tasks) this.#put(task);
    this.#heldTotals = answer.totals;
    this.#heldSearching = answer.searching;
    this.#heldNext = answer.next;
    if (!sameEpoch || !answer.resumed) this.#heldLog = [];
    this.#logTouched = true;
    this.#append(answer.log);
    this.position = { epoch: answer.epoch, offset: answer.offset };
    this.#heard = true;
    this.#orderedAt = Number.NEGATIVE_INFINITY; // these rows are of another question, or of another epoch
    this.#later();

    let changes = 0;
    for (const [id, task] of this.#held) {
      if (!sameEpoch || before.get(id) !== task.offset) changes += 1;
      before.delete(id);
    }
    return changes + before.size;
  }

  /** Applies a frame. Returns false when it does not fit: it begins after the position, or is of another epoch. */
  take(frame: Frame): boolean {
    const here = this.position;
    if (!here || frame.epoch !== here.epoch || frame.from > here.offset) return false;
    // Sent before the last answer and overtaken by it: it would bring back an earlier state.
    if (frame.to < here.offset) return true;
    for (const id of frame.drop) this.#drop(id);
    let changes = 0;
    for (const task of frame.put) changes += Number(this.#put(task));
    this.#pace.count(changes);
    if (frame.totals) this.#heldTotals = frame.totals;
    this.#heldSearching = frame.searching;
    this.#heldNext = frame.next;
    this.#append(frame.log);
    this.position = { epoch: here.epoch, offset: frame.to };
    this.#heard = true;
    this.#later();
    return true;
  }

  /** The server refused the request, with the code of an error if it said one. */
  refuse(reason: string, code = ""): void {
    this.#heard = false;
    this.refusalCode = code;
    this.#refusal.value = reason;
  }

  /** Whether it says something new. */
  #put(task: Task): boolean {
    const held = this.#held.get(task.id);
    if (held && held.offset > task.offset) return false;
    this.#held.set(task.id, task);
    this.#touched.add(task.id);
    return task.offset !== held?.offset;
  }

  #drop(id: string): void {
    if (this.#held.delete(id)) this.#touched.add(id);
  }

  #append(entries: readonly LogEntry[]): void {
    if (!entries.length) return;
    const merged = mergeLog(this.#heldLog, entries);
    // Some more are left out than must be, so that this is seldom done.
    this.#heldLog =
      merged.length > LOG_LIMIT_ENTRIES ? shortened(merged, 0.8 * LOG_LIMIT_ENTRIES) : merged;
    this.#logTouched = true;
  }

  #later(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    batch(() => {
      for (const id of this.#touched) {
        const task = this.#held.get(id);
        const shown = this.#shown.get(id);
        this.#moved ||= task?.first_offset !== shown?.peek().first_offset;
        if (task && shown) shown.value = task;
        else if (task) this.#shown.set(id, signal(task));
      }
      this.#touched.clear();
      if (this.#moved) this.#order();
      if (this.#logTouched) this.#log.value = this.#heldLog;
      this.#logTouched = false;
      this.#totals.value = this.#heldTotals;
      this.#searching.value = this.#heldSearching;
      this.#next.value = this.#heldNext;
      this.#epoch.value = this.position?.epoch ?? null;
      if (this.#heard) this.#refusal.value = null;
      this.#answered.value = true;
    });
  }

  /** Puts the rows in order. Those that went are there until then. */
  #order(): void {
    const now = performance.now();
    if (now - this.#orderedAt < this.#pace.stands) {
      this.#later();
      return;
    }
    this.#moved = false;
    this.#orderedAt = now;
    for (const id of this.#shown.keys()) if (!this.#held.has(id)) this.#shown.delete(id);
    this.#ids.value = [...this.#held.values()].sort(newestFirst).map(({ id }) => id);
  }
}
