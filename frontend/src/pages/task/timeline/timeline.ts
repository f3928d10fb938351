/**
 * When a task waited, ran and slept, run by run. Pure; Unix seconds in and out.
 *
 * The log keeps every change of state with its time, so what happened can be drawn to scale. A
 * run that follows another begins with a sleep when the task itself asked to be tried again.
 */

import { type LogEntry, STATES, type State, type Task } from "../../../contract/messages";
import { isEnded, isRunning } from "../../../contract/progress";

/** Waiting for a worker, running, or sleeping until a time that was set. */
export type SpanKind = "waiting" | "running" | "sleeping";

export interface Span {
  readonly kind: SpanKind;
  readonly from: number;
  readonly to: number;
}

export interface Run {
  /** From 1. */
  readonly number: number;
  readonly spans: readonly Span[];
  /** How it ended; null while it goes on. */
  readonly ended: State | null;
}

export interface Timeline {
  readonly from: number;
  readonly to: number;
  readonly runs: readonly Run[];
}

interface Moment {
  readonly state: State;
  readonly at: number;
}

/** The state that a line of the log tells of; null for any other line. */
export function stateIn(entry: LogEntry): State | null {
  if (entry.kind !== "state") return null;
  const [word] = entry.message.split(/[\s:,]/, 1);
  return STATES.find((state) => state === word) ?? null;
}

/** The timeline as far as the log and the task know it; null when nothing has a time. `now`: server time. */
export function timeline(log: readonly LogEntry[], task: Task, now: number): Timeline | null {
  const moments = inOrder(log, task);
  const [first] = moments;
  if (!first) return null;
  const drawing = new Drawing(first.at);
  for (const moment of moments) drawing.take(moment);
  if (!isEnded(task.state)) drawing.goOn(Math.max(now, first.at), task.eta);
  const runs = drawing.runs.filter(({ spans, ended }) => spans.length || ended);
  if (!task.retries && task.eta !== null) splitSleep(runs[0], task.eta);
  const to = Math.max(first.at, ...runs.flatMap(({ spans }) => spans.map((span) => span.to)));
  return { from: first.at, to, runs };
}

/** Every change of state. Clocks of several machines differ a little: none stands before the last. */
function inOrder(log: readonly LogEntry[], task: Task): Moment[] {
  const moments: Moment[] = [];
  let last = Number.NEGATIVE_INFINITY;
  const add = (state: State, at: number | null) => {
    if (at === null) return;
    last = Math.max(last, at);
    moments.push({ state, at: last });
  };
  const said = log.flatMap((entry) => {
    const state = stateIn(entry);
    return state ? [{ state, at: entry.at }] : [];
  });
  const [first] = said;
  if (!first) {
    add("PENDING", task.created_at);
    add("RECEIVED", task.received_at);
    add("STARTED", task.started_at);
    if (isEnded(task.state)) add(task.state, task.finished_at);
    return moments;
  }
  if (first.state !== "PENDING" && !task.retries && (task.created_at ?? first.at) < first.at) {
    add("PENDING", task.created_at);
  }
  for (const { state, at } of said) add(state, at);
  return moments;
}

interface Draft {
  number: number;
  spans: Span[];
  ended: State | null;
}

class Drawing {
  readonly runs: Draft[] = [];
  #open: { kind: SpanKind; from: number } | null = null;
  #last: State | null = null;

  constructor(at: number) {
    this.#begin("waiting", at);
  }

  take({ state, at }: Moment): void {
    const run = this.#run;
    if (state === "PENDING" || state === "RECEIVED") {
      if (run.ended || this.#open?.kind === "running") this.#begin("waiting", at);
    } else if (isRunning(state)) {
      if (run.ended || (state === "STARTED" && this.#open?.kind === "running")) {
        this.#begin("running", at);
      } else if (this.#open?.kind !== "running") {
        this.#close(at);
        this.#open = { kind: "running", from: at };
      }
    } else if (state === "RETRY") {
      // Who receives the next try says once more that it is one.
      if (this.#last === state) return;
      this.#close(at);
      run.ended = state;
      this.#begin("sleeping", at);
    } else {
      this.#close(at);
      run.ended = state;
    }
    this.#last = state;
  }

  /** What is under way lasts until now; a sleep until its time, and who overslept waits. */
  goOn(now: number, eta: number | null): void {
    const open = this.#open;
    if (open?.kind === "sleeping" && eta !== null && eta > open.from) {
      this.#close(eta);
      if (now > eta) this.#run.spans.push({ kind: "waiting", from: eta, to: now });
      return;
    }
    if (this.#last !== null) this.#close(now);
  }

  get #run(): Draft {
    return this.runs[this.runs.length - 1] as Draft;
  }

  #begin(kind: SpanKind, at: number): void {
    this.#close(at);
    this.runs.push({ number: this.runs.length + 1, spans: [], ended: null });
    this.#open = { kind, from: at };
  }

  #close(at: number): void {
    if (this.#open && at > this.#open.from) this.#run.spans.push({ ...this.#open, to: at });
    this.#open = null;
  }
}

/** A task that was sent for a later time slept until then, and only waited after it. */
function splitSleep(run: Draft | undefined, eta: number): void {
  const [first] = run?.spans ?? [];
  if (!run || first?.kind !== "waiting" || eta <= first.from) return;
  const awake: Span[] = eta < first.to ? [{ ...first, from: eta }] : [];
  run.spans.splice(0, 1, { ...first, kind: "sleeping", to: Math.min(eta, first.to) }, ...awake);
}

/** Seconds in spans of that kind. */
export function spent(run: Run, kind: SpanKind): number {
  return run.spans.reduce((sum, span) => sum + (span.kind === kind ? span.to - span.from : 0), 0);
}

/** Seconds until a run wakes up that sleeps now; null when it does not. `eta`: of its task. */
export function asleep(run: Run, eta: number | null, now: number): number | null {
  const sleeps = run.ended === null && run.spans.at(-1)?.kind === "sleeping";
  return sleeps && eta !== null && eta > now ? eta - now : null;
}

const STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1800, 3600, 7200, 14400, 21600, 43200, 86400,
];

/** Round distances from the beginning, in seconds, `most` at most: where the scale has its marks. */
export function marks(seconds: number, most: number): number[] {
  const days = Math.ceil(seconds / 86400 / most) * 86400;
  const step = STEPS.find((candidate) => seconds / candidate <= most) ?? days;
  const found: number[] = [];
  for (let i = 0; i * step <= seconds * 1.0001 && i <= most; i++) found.push(i * step);
  return found;
}

/** Figures and letters that stand side by side along the narrowest scale, on a phone. */
const SCALE_LETTERS = 44;

/** Whether what is written at a mark ends before the scale does. */
export function hasRoom(mark: number, seconds: number, words: string): boolean {
  return (1 - mark / seconds) * SCALE_LETTERS > words.length;
}
