/** One task on one line (two on a phone), wherever tasks are listed. */

import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { COLUMNS, type Column, type Layout } from "../../browser/columns";
import { href } from "../../browser/router";
import type { State, Step, Task } from "../../contract/messages";
import { isEnded, isRunning, pace, wholePercent } from "../../contract/progress";
import { tick } from "../../live/hooks";
import { text } from "../../text";
import {
  ago,
  dateTime,
  duration,
  left,
  percent as percentText,
  rate,
  shortMoment,
  shortName,
  shortWorker,
  stopwatch,
} from "../../text/format";
import { outcome, says, spoken, stateWord } from "../../text/states";
import { timeStyle } from "../../text/zone";
import { Bar } from "../bar";
import { Glyph } from "../glyph";
import type { Selection } from "./selection";

/** A row shows a line; nobody needs more of a long text to exist in it. */
const SAYS_MOST = 300;

interface Shown {
  readonly task: ReadonlySignal<Task>;
  readonly layout: Layout;
  /** Where rows can be chosen, and the order in which they stand. */
  readonly selection?: Selection | undefined;
  readonly order?: (() => readonly string[]) | undefined;
}

interface Props extends Shown {
  /** The row's place in the whole table, from 1, the header being the first. */
  readonly place: number;
  /** It left the list, and stands here only until one looks elsewhere. */
  readonly gone?: boolean;
}

/** What moves with the list is the line's own; what is on it changes with its task alone. */
export function Row({ task: signal, place, layout, selection, order, gone = false }: Props) {
  const task = signal.value;
  const chosen = selection?.ids.value.has(task.id) ?? false;
  return (
    <div
      class="row"
      role="row"
      aria-rowindex={place}
      aria-selected={selection ? chosen : undefined}
      data-task={task.id}
      data-state={task.state}
      data-percent={wholePercent(task) ?? undefined}
      data-tint={useTint(task.state)}
      data-chosen={chosen || undefined}
      data-gone={gone || undefined}
    >
      <Cells task={signal} layout={layout} selection={selection} order={order} />
    </div>
  );
}

function Cells({ task: signal, layout, selection, order = () => [] }: Shown) {
  const task = signal.value;
  const now = tick.value;
  const percent = wholePercent(task);
  const running = isRunning(task.state);
  const name = task.name ?? task.id;
  const step = pace(task);
  const remaining = useRemaining(task, step?.eta ?? null);
  const saying = spoken(task, percent);
  const cells: Readonly<Record<Column, () => ComponentChildren>> = {
    says: () => says(task).slice(0, SAYS_MOST),
    bar: () =>
      running ? (
        <Bar percent={task.percent} label={name} value={saying} />
      ) : (
        <span class="outcome">{outcome(task, now)}</span>
      ),
    percent: () => (running && percent !== null ? percentText(percent) : ""),
    rate: () => (step ? speed(step) : ""),
    left: () => (remaining === null ? "" : left(remaining)),
    state: () => stateWord(task.state),
    queue: () => task.queue,
    worker: () => task.worker && shortWorker(task.worker),
    waited: () => passed(task.created_at, task.started_at),
    ran: () => passed(task.started_at, task.finished_at),
    age: () => null,
  };
  return (
    <>
      <span class="cell-glyph" role="cell">
        {selection && (
          <input
            class="row-check"
            type="checkbox"
            // One stop per row is enough on the way through; x chooses the row.
            tabIndex={-1}
            aria-label={text.tasks.choose(shortName(name))}
            checked={selection.ids.value.has(task.id)}
            onClick={(event) => {
              if (event.shiftKey) selection.reach(task.id, order());
              else selection.toggle(task.id);
            }}
          />
        )}
        <Glyph state={task.state} percent={percent} />
        <span class="unseen">{saying}</span>
      </span>
      <span class="cell-name" role="cell">
        <a href={href({ page: "task", id: task.id })} title={name.slice(0, SAYS_MOST)}>
          {shortName(name).slice(0, SAYS_MOST)}
        </a>
      </span>
      {COLUMNS.map((column) => {
        if (!layout.columns.has(column)) return null;
        if (column === "age") return <Age key={column} task={task} now={now} />;
        const title = column === "worker" ? (task.worker ?? undefined) : undefined;
        return (
          <span key={column} class={`cell-${column}`} role="cell" title={title}>
            {cells[column]()}
          </span>
        );
      })}
    </>
  );
}

/** Between two moments; nothing where one of them is unknown. */
function passed(from: number | null, to: number | null): string {
  return from === null || to === null || to < from ? "" : duration(to - from);
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
      {isRunning(task.state)
        ? stopwatch(now - since)
        : timeStyle.value === "absolute"
          ? shortMoment(since, now)
          : ago(now - since)}
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

interface HeadProps {
  readonly layout: Layout;
  readonly selection?: Selection;
  readonly ids?: readonly string[];
}

/** Columns whose figures explain themselves, to those who see them. */
const UNNAMED: ReadonlySet<Column> = new Set(["percent"]);

/** The table's head: what the columns are. */
export function RowHead({ layout, selection, ids = [] }: HeadProps) {
  const words = text.tasks.column;
  const chosen = selection?.ids.value.size ?? 0;
  return (
    <div class="row row-head" role="row" aria-rowindex={1}>
      <span class="cell-glyph" role="columnheader">
        <span class="unseen">{words.state}</span>
        {selection && (
          <input
            class="row-check"
            type="checkbox"
            aria-label={text.tasks.chooseAll}
            checked={chosen > 0 && ids.every((id) => selection.ids.value.has(id))}
            onClick={() => selection.set(chosen > 0 ? [] : ids)}
          />
        )}
      </span>
      <span class="cell-name" role="columnheader">
        {words.name}
      </span>
      {COLUMNS.map(
        (column) =>
          layout.columns.has(column) && (
            <span key={column} class={`cell-${column}`} role="columnheader">
              {UNNAMED.has(column) ? <span class="unseen">{words[column]}</span> : words[column]}
            </span>
          ),
      )}
    </div>
  );
}
