/** A task in a table: one line, or two in a narrow window. */

import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { COLUMNS, type Column, type Layout } from "../../browser/columns";
import { href } from "../../browser/router";
import type { State, Task } from "../../contract/messages";
import { isEnded, isRunning, pace, ran, waited, wholePercent } from "../../contract/progress";
import { tick } from "../../live/hooks";
import { text } from "../../text";
import {
  ago,
  called,
  dateTime,
  duration,
  left,
  percent as percentText,
  shortMoment,
  shortName,
  shortWorker,
  stopwatch,
} from "../../text/format";
import { outcome, says, spoken, stateWord } from "../../text/states";
import { timeStyle } from "../../text/zone";
import { Bar } from "../bar";
import { Glyph } from "../glyph";
import { speed, useRemaining } from "./pace";
import type { Selection } from "./selection";

/** Characters of a text in a row at most: more could not be seen, and would cost memory in every row. */
const CELL_LIMIT = 300;

interface Shown {
  readonly task: ReadonlySignal<Task>;
  readonly layout: Layout;
  /** Given when rows can be chosen, together with the ids in the order of the rows. */
  readonly selection?: Selection | undefined;
  readonly order?: (() => readonly string[]) | undefined;
}

interface Props extends Shown {
  /** The row's place in the table, from 1; the head is the first. */
  readonly place: number;
  /** It is no longer in the list, and is shown only while the rows are held. */
  readonly gone?: boolean;
}

/** The row itself depends on the list, its cells only on the task: so cells are rendered only when their task changes. */
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
  const name = called(task);
  const step = pace(task);
  const remaining = useRemaining(task, step?.eta ?? null);
  const saying = spoken(task, percent);
  const cells: Readonly<Record<Column, () => ComponentChildren>> = {
    says: () => says(task).slice(0, CELL_LIMIT),
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
    waited: () => seconds(waited(task)),
    ran: () => seconds(isEnded(task.state) ? ran(task) : null),
    age: () => null,
  };
  return (
    <>
      <span class="cell-glyph" role="cell">
        {selection && checkbox(task.id, name, selection, order)}
        <Glyph state={task.state} percent={percent} />
        <span class="unseen">{saying}</span>
      </span>
      <span class="cell-name" role="cell">
        <a
          href={href({ page: "task", id: task.id })}
          title={(task.name ?? task.id).slice(0, CELL_LIMIT)}
        >
          {name.slice(0, CELL_LIMIT)}
          {task.label && task.name && <small>{shortName(task.name).slice(0, CELL_LIMIT)}</small>}
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

function checkbox(
  id: string,
  name: string,
  selection: Selection,
  order: () => readonly string[],
): ComponentChildren {
  return (
    <input
      class="row-check"
      type="checkbox"
      // One tab stop per row is enough; the key x chooses the row.
      tabIndex={-1}
      aria-label={text.tasks.choose(name)}
      checked={selection.ids.value.has(id)}
      onClick={(event) => {
        if (event.shiftKey) selection.reach(id, order());
        else selection.toggle(id);
      }}
    />
  );
}

function seconds(passed: number | null): string {
  return passed === null ? "" : duration(passed);
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

/** Alternates with every change of state after the first, so that the animation of the tint starts again. */
function useTint(state: State): "a" | "b" | undefined {
  const last = useRef<{ state: State; tint: "a" | "b" | undefined }>({ state, tint: undefined });
  if (last.current.state !== state) {
    last.current = { state, tint: last.current.tint === "a" ? "b" : "a" };
  }
  return last.current.tint;
}
