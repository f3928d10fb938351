/**
 * When a task waited, ran and slept, run by run. Pure; times are Unix seconds.
 *
 * The log has every change of state with its time. A run that follows another begins with a sleep when the task itself
 * asked for the retry.
 */

import type { LogEntry, State, Task } from "../../../contract/messages";
import { isEnded, isRunning } from "../../../contract/progress";
import { stateIn } from "../log/states";

/** Waiting for a worker, running, or sleeping until a time that was set (`eta`). */
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

interface StateChange {
  readonly state: State;
  readonly at: number;
}

/** The timeline as far as it is known from the log and the task; null when nothing has a time. `now` is the server's time. */
export function timeline(log: readonly LogEntry[], task: Task, now: number): Timeline | null {
  const changes = inOrder(log, task);
  const [first] = changes;
  if (!first) return null;
  const builder = new RunBuilder(first.at);
  for (const change of changes) builder.take(change);
  if (!isEnded(task.state)) builder.extend(Math.max(now, first.at), task.eta);
  const runs = builder.runs.filter(({ spans, ended }) => spans.length || ended);
  if (!task.retries && task.eta !== null) splitSleep(runs[0], task.eta);
  const to = Math.max(first.at, ...runs.flatMap(({ spans }) => spans.map((span) => span.to)));
  return { from: first.at, to, runs };
}

/** Every change of state, in order. Clocks of several machines differ a little, so none is put before the one it follows. */
function inOrder(log: readonly LogEntry[], task: Task): StateChange[] {
  const changes: StateChange[] = [];
  let last = Number.NEGATIVE_INFINITY;
  const add = (state: State, at: number | null) => {
    if (at === null) return;
    last = Math.max(last, at);
    changes.push({ state, at: last });
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
    return changes;
  }
  if (first.state !== "PENDING" && !task.retries && (task.created_at ?? first.at) < first.at) {
    add("PENDING", task.created_at);
  }
  for (const { state, at } of said) add(state, at);
  return changes;
}

interface RunDraft {
  number: number;
  spans: Span[];
  ended: State | null;
}

/** Builds runs from changes of state, taken one by one. */
class RunBuilder {
  readonly runs: RunDraft[] = [];
  #open: { kind: SpanKind; from: number } | null = null;
  #last: State | null = null;

  constructor(at: number) {
    this.#begin("waiting", at);
  }

  take({ state, at }: StateChange): void {
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
      // The worker that receives the next try reports RETRY once more.
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

  /** Extends what is under way until now: a sleep until its time, and waiting after it. */
  extend(now: number, eta: number | null): void {
    const open = this.#open;
    if (open?.kind === "sleeping" && eta !== null && eta > open.from) {
      this.#close(eta);
      if (now > eta) this.#run.spans.push({ kind: "waiting", from: eta, to: now });
      return;
    }
    if (this.#last !== null) this.#close(now);
  }

  get #run(): RunDraft {
    return this.runs[this.runs.length - 1] as RunDraft;
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

/** A task that was sent for a later time sleeps until then, and waits only after it. */
function splitSleep(run: RunDraft | undefined, eta: number): void {
  const [first] = run?.spans ?? [];
  if (!run || first?.kind !== "waiting" || eta <= first.from) return;
  const awake: Span[] = eta < first.to ? [{ ...first, from: eta }] : [];
  run.spans.splice(0, 1, { ...first, kind: "sleeping", to: Math.min(eta, first.to) }, ...awake);
}

/** Seconds in spans of this kind. */
export function spent(run: Run, kind: SpanKind): number {
  return run.spans.reduce((sum, span) => sum + (span.kind === kind ? span.to - span.from : 0), 0);
}

/** Seconds until a sleeping run wakes up; null when it does not sleep. `eta` is that of its task. */
export function asleep(run: Run, eta: number | null, now: number): number | null {
  const sleeps = run.ended === null && run.spans.at(-1)?.kind === "sleeping";
  return sleeps && eta !== null && eta > now ? eta - now : null;
}
