/** One task on one line (two on a phone), wherever tasks are listed. */

import type { ReadonlySignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import {
  dateTime,
  percent as percentText,
  rate,
  shortName,
  shortWorker,
  stopwatch,
} from "../format";
import { tick } from "../live";
import { isEnded, isRunning, pace, wholePercent } from "../progress";
import type { State, Step, Task } from "../protocol";
import { href } from "../router";
import { ago, left, outcome, says, spoken, text } from "../text";
import { Bar } from "./bar";
import { Glyph } from "./glyph";

/** A row shows a line; nobody needs more of a long text to exist in it. */
const SAYS_MOST = 300;

interface Props {
  readonly task: ReadonlySignal<Task>;
  /** The row's place in the whole table, from 1, the header being the first. */
  readonly place: number;
}

export function Row({ task: signal, place }: Props) {
  const task = signal.value;
  const now = tick.value;
  const percent = wholePercent(task);
  const running = isRunning(task.state);
  const name = task.name ?? task.id;
  const step = pace(task);
  const remaining = useRemaining(task, step?.eta ?? null);
  return (
    <div
      class="row"
      role="row"
      aria-rowindex={place}
      data-task={task.id}
      data-state={task.state}
      data-percent={percent ?? undefined}
      data-tint={useTint(task.state)}
    >
      <span class="cell-glyph" role="cell">
        <Glyph state={task.state} percent={percent} />
        <span class="unseen">{spoken(task, percent)}</span>
      </span>
      <span class="cell-name" role="cell">
        <a href={href({ page: "task", id: task.id })} title={name}>
          {shortName(name)}
        </a>
      </span>
      <span class="cell-says" role="cell">
        {says(task).slice(0, SAYS_MOST)}
      </span>
      <span class="cell-bar" role="cell">
        {running ? (
          <Bar percent={task.percent} label={name} value={spoken(task, percent)} />
        ) : (
          <span class="outcome">{outcome(task, now)}</span>
        )}
      </span>
      <span class="cell-percent" role="cell">
        {running && percent !== null ? percentText(percent) : ""}
      </span>
      <span class="cell-rate" role="cell">
        {step ? speed(step) : ""}
      </span>
      <span class="cell-left" role="cell">
        {remaining === null ? "" : left(remaining)}
      </span>
      <span class="cell-queue" role="cell">
        {task.queue}
      </span>
      <span class="cell-worker" role="cell" title={task.worker ?? undefined}>
        {task.worker && shortWorker(task.worker)}
      </span>
      <Age task={task} now={now} />
    </div>
  );
}

function Age({ task, now }: { readonly task: Task; readonly now: number }) {
  const since = isRunning(task.state)
    ? task.started_at
    : isEnded(task.state)
      ? (task.finished_at ?? task.started_at ?? task.created_at)
      : (task.created_at ?? task.received_at);
  if (since === null) return <span class="cell-age" role="cell" />;
  return (
    <span class="cell-age" role="cell" title={dateTime(since)}>
      {isRunning(task.state) ? stopwatch(now - since) : ago(now - since)}
    </span>
  );
}

/** How fast a step is. Seconds per second tell nobody anything. */
export function speed(step: Step): string {
  return step.rate == null || step.unit === "s" ? "" : rate(step.rate, step.unit);
}

/** Seconds left, counted down between reports. */
export function useRemaining(task: Task, eta: number | null): number | null {
  const report = useRef({ eta, offset: task.offset, at: tick.peek() });
  const now = tick.value;
  if (report.current.offset !== task.offset) report.current = { eta, offset: task.offset, at: now };
  return eta === null ? null : Math.max(0, eta - (now - report.current.at));
}

/** Alternates with every change of state after the first, so that the tint's animation starts anew. */
function useTint(state: State): "a" | "b" | undefined {
  const last = useRef<{ state: State; tint: "a" | "b" | undefined }>({ state, tint: undefined });
  if (last.current.state !== state) {
    last.current = { state, tint: last.current.tint === "a" ? "b" : "a" };
  }
  return last.current.tint;
}

/** The table's head: what the columns are. */
export function RowHead() {
  const { column } = text.tasks;
  return (
    <div class="row row-head" role="row" aria-rowindex={1}>
      <span class="cell-glyph" role="columnheader">
        <span class="unseen">{text.task.fact.state}</span>
      </span>
      <span class="cell-name" role="columnheader">
        {column.name}
      </span>
      <span class="cell-says" role="columnheader">
        {column.says}
      </span>
      <span class="cell-bar" role="columnheader">
        {column.bar}
      </span>
      <span class="cell-percent" role="columnheader">
        <span class="unseen">{column.percent}</span>
      </span>
      <span class="cell-rate" role="columnheader">
        {column.rate}
      </span>
      <span class="cell-left" role="columnheader">
        {column.left}
      </span>
      <span class="cell-queue" role="columnheader">
        {column.queue}
      </span>
      <span class="cell-worker" role="columnheader">
        {column.worker}
      </span>
      <span class="cell-age" role="columnheader">
        {column.age}
      </span>
    </div>
  );
}
