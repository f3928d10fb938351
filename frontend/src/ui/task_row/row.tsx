/** A task in a table: one line, or two in a narrow window. */

import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { COLUMNS, type Column, isNarrow, isSaid } from "../../browser/columns";
import type { State, Task } from "../../contract/messages";
import {
  isEnded,
  isRetried,
  isRunning,
  isTakenBack,
  pace,
  ran,
  waited,
  wholePercent,
} from "../../contract/progress";
import { rushing, useTurn } from "../../live/hooks";
import {
  ago,
  dateTime,
  duration,
  left,
  percent as percentText,
  plural,
  shortMoment,
  shortWorker,
  stopwatch,
  titled,
} from "../../text/format";
import { says, spoken, stateWord } from "../../text/states";
import { timeStyle } from "../../text/zone";
import { Bar } from "../bar";
import { Glyph } from "../glyph";
import { Arguments, type Around, checkbox, listLink, nameCell, peekCell } from "./cells";
import { line } from "./line";
import { speed, useRemaining } from "./pace";
import { Told } from "./told";

interface Shown extends Around {
  readonly task: ReadonlySignal<Task>;
}

interface Props extends Shown {
  /** It is no longer in the list, and is shown only while the rows are held. */
  readonly gone?: boolean;
}

/**
 * The row itself depends on the list, its cells only on the task: so cells are rendered only when their task changes. Its
 * place in the table is set by the table, as otherwise each new task would have all rows rendered.
 */
export function Row({
  task: signal,
  layout,
  selection,
  order,
  peeked,
  sought,
  gone = false,
}: Props) {
  const task = signal.value;
  const chosen = selection?.ids.value.has(task.id) ?? false;
  return (
    <div
      class="row"
      role="row"
      aria-selected={selection ? chosen : undefined}
      data-task={task.id}
      data-state={task.state}
      data-still={!isRunning(task.state) || undefined}
      data-revoked={isTakenBack(task) || undefined}
      data-retried={isRetried(task) || undefined}
      data-percent={wholePercent(task) ?? undefined}
      data-tint={useTint(task.state, rushing.value)}
      data-chosen={chosen || undefined}
      data-peeked={peeked?.value === task.id || undefined}
      data-gone={gone || undefined}
    >
      <Cells
        task={signal}
        layout={layout}
        selection={selection}
        order={order}
        peeked={peeked}
        sought={sought}
      />
    </div>
  );
}

function Cells({ task: signal, layout, selection, order, peeked, sought }: Shown) {
  const task = signal.value;
  const now = useTurn().value;
  const percent = wholePercent(task);
  const running = isRunning(task.state);
  const name = titled(task);
  const step = pace(task);
  const remaining = useRemaining(task, step?.eta ?? null, now);
  const saying = spoken(task, percent);
  const chosen = selection?.ids.value.has(task.id) ?? false;
  const cells: Readonly<Record<Column, () => ComponentChildren>> = {
    says: () => line(says(task), sought?.told),
    bar: () => <Bar percent={task.percent} label={name} value={saying} />,
    percent: () => (percent === null ? "" : percentText(percent)),
    rate: () => (step ? speed(step) : ""),
    left: () => (remaining === null ? "" : left(remaining)),
    state: () => stateWord(task.state),
    args: () => <Arguments args={task.args} kwargs={task.kwargs} words={sought?.args} />,
    release: () => task.release && listLink("release", task.release, task.release),
    queue: () => task.queue && listLink("queue", task.queue, task.queue),
    worker: () => task.worker && listLink("worker", task.worker, shortWorker(task.worker)),
    waited: () => seconds(waited(task)),
    ran: () => runs(task, now),
    age: () => null,
  };
  return (
    <>
      <span class="cell-glyph" role="cell">
        {selection && checkbox(task.id, name, chosen, selection, order)}
        <Glyph state={isTakenBack(task) ? "REVOKED" : task.state} percent={percent} />
        <span class="unseen">{saying}</span>
      </span>
      {nameCell(task, !selection?.ids.value.size, sought)}
      {!running && layout.span > 0 && (
        <Told task={task} now={now} layout={layout} words={sought?.told} />
      )}
      {COLUMNS.map((column) => {
        if (!layout.columns.has(column) || (!running && isSaid(column))) return null;
        if (column === "age")
          return <Age key={column} task={task} now={now} withTries={isNarrow(layout)} />;
        const title = column === "worker" ? (task.worker ?? undefined) : undefined;
        return (
          <span key={column} class={`cell-${column}`} role="cell" title={title}>
            {cells[column]()}
          </span>
        );
      })}
      {peeked && peekCell(task.id, name, peeked)}
    </>
  );
}

function hasFailed(state: State): boolean {
  return state === "FAILURE" || state === "LOST";
}

function seconds(passed: number | null): string {
  return passed === null ? "" : duration(passed);
}

/** How long it ran, or has run so far. */
function runs(task: Task, now: number): string {
  if (!isRunning(task.state)) return seconds(isEnded(task.state) ? ran(task) : null);
  return task.started_at === null ? "" : stopwatch(now - task.started_at);
}

interface AgeProps {
  readonly task: Task;
  readonly now: number;
  /** Whether it says how often a failure was tried: on a phone its second line is for its error. */
  readonly withTries: boolean;
}

/** How long ago it was sent, whatever became of it: the age that a search for `age:` means. */
function Age({ task, now, withTries }: AgeProps) {
  const since = task.created_at ?? task.received_at ?? task.started_at ?? task.finished_at;
  if (since === null) return <span class="cell-age" role="cell" />;
  return (
    <span class="cell-age" role="cell" title={dateTime(since)}>
      {withTries && task.retries > 0 && hasFailed(task.state) && (
        <span class="row-tries">{plural(task.retries + 1, "try", "tries")}, </span>
      )}
      {timeStyle.value === "absolute" ? shortMoment(since, now) : ago(now - since)}
    </span>
  );
}

/**
 * Alternates with every change of state after the first, so that the animation of the tint starts again. There is none
 * while so much changes that all rows would be tinted, nor afterwards until the state changes once more.
 */
function useTint(state: State, rushing: boolean): "a" | "b" | undefined {
  const last = useRef<{ state: State; tint: "a" | "b" | undefined }>({ state, tint: undefined });
  if (rushing) {
    last.current = { state, tint: undefined };
  } else if (last.current.state !== state) {
    last.current = { state, tint: last.current.tint === "a" ? "b" : "a" };
  }
  return last.current.tint;
}
