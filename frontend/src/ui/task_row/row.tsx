/** A task in a table: one line, or two in a narrow window. */

import type { ReadonlySignal, Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { COLUMNS, type Column, isSaid, type Layout } from "../../browser/columns";
import { href, listOf } from "../../browser/router";
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
import { tick } from "../../live/hooks";
import type { Sought } from "../../search/found";
import { text } from "../../text";
import {
  ago,
  dateTime,
  duration,
  left,
  percent as percentText,
  plural,
  shortMoment,
  shortName,
  shortWorker,
  stopwatch,
  titled,
} from "../../text/format";
import { argumentsText, besides, says, spoken, stateWord, told } from "../../text/states";
import { timeStyle } from "../../text/zone";
import { Bar } from "../bar";
import { FoundLine, Marked } from "../found";
import { Glyph } from "../glyph";
import { speed, useRemaining } from "./pace";
import type { Selection } from "./selection";

/** Characters of a text in a row at most: more could not be seen, and would cost memory in every row. */
const CELL_LIMIT = 300;

/** Characters of an error on a phone that are in sight on its lines. */
const NARROW_SIGHT = 80;

/** Characters of what a task was given that are looked through for words. */
const ARGUMENTS = 4_000;

interface Shown {
  readonly task: ReadonlySignal<Task>;
  readonly layout: Layout;
  /** Given when rows can be chosen, together with the ids in the order of the rows. */
  readonly selection?: Selection | undefined;
  readonly order?: (() => readonly string[]) | undefined;
  /** Set to the task that is to be shown beside the list; given where there is room for it. */
  readonly peeked?: Signal<string | null> | undefined;
  /** What is searched for, to be marked. */
  readonly sought?: Sought | null | undefined;
}

interface Props extends Shown {
  /** The row's place in the table, from 1; the head is the first. */
  readonly place: number;
  /** It is no longer in the list, and is shown only while the rows are held. */
  readonly gone?: boolean;
}

/** The row itself depends on the list, its cells only on the task: so cells are rendered only when their task changes. */
export function Row({
  task: signal,
  place,
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
      aria-rowindex={place}
      aria-selected={selection ? chosen : undefined}
      data-task={task.id}
      data-state={task.state}
      data-still={!isRunning(task.state) || undefined}
      data-revoked={isTakenBack(task) || undefined}
      data-retried={isRetried(task) || undefined}
      data-percent={wholePercent(task) ?? undefined}
      data-tint={useTint(task.state)}
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

function Cells({ task: signal, layout, selection, order = () => [], peeked, sought }: Shown) {
  const task = signal.value;
  const now = tick.value;
  const percent = wholePercent(task);
  const running = isRunning(task.state);
  const name = titled(task);
  const step = pace(task);
  const remaining = useRemaining(task, step?.eta ?? null);
  const saying = spoken(task, percent);
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
        {selection && checkbox(task.id, name, selection, order)}
        <Glyph state={isTakenBack(task) ? "REVOKED" : task.state} percent={percent} />
        <span class="unseen">{saying}</span>
      </span>
      <Name task={task} isStop={!selection?.ids.value.size} sought={sought} />
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
      {peeked && (
        <span class="cell-peek" role="cell">
          <button
            class="row-peek"
            type="button"
            tabIndex={-1}
            title={text.tasks.peek.peek(name)}
            aria-label={text.tasks.peek.peek(name)}
            onClick={() => {
              peeked.value = task.id;
            }}
          />
        </span>
      )}
    </>
  );
}

/** A link to the list of what has this value. One tab stop per row is enough: by keyboard it is in the panel beside the list. */
function listLink(
  key: "queue" | "worker" | "release",
  value: string,
  label: string,
): ComponentChildren {
  return (
    <a class="row-link" href={listOf(key, value)} tabIndex={-1}>
      {label}
    </a>
  );
}

interface NameProps extends Pick<Shown, "sought"> {
  readonly task: Task;
  readonly isStop: boolean;
}

/** The name, and beside it what people call the task. While tasks are chosen Tab leads from a row to what can be done to them. */
function Name({ task, isStop, sought }: NameProps) {
  const name = shortName(task.name ?? task.id);
  return (
    <span class="cell-name" role="cell">
      <a
        href={href({ page: "task", id: task.id })}
        tabIndex={isStop ? undefined : -1}
        title={[task.name ?? task.id, task.label].filter(Boolean).join(" ").slice(0, CELL_LIMIT)}
      >
        <span class="row-name">{marked(name, sought?.name)}</span>
        {task.label && task.label !== name && (
          <span class="row-label">{marked(task.label, sought?.label)}</span>
        )}
      </a>
    </span>
  );
}

/** Made of their text once, as they do not change while the task reports. */
function Arguments({
  args,
  kwargs,
  words,
}: Pick<Task, "args" | "kwargs"> & { readonly words: Words }) {
  const most = words?.length ? ARGUMENTS : CELL_LIMIT;
  const text = useMemo(() => argumentsText({ args, kwargs }).slice(0, most), [args, kwargs, most]);
  return <>{line(text, words)}</>;
}

type Words = readonly string[] | undefined;

/** A text of a row on one line; without words to mark it is no component of its own, as rows are many. */
function line(text: string, words: Words, sight = CELL_LIMIT): ComponentChildren {
  if (!words?.length) return text.slice(0, CELL_LIMIT);
  return <FoundLine text={text} words={words} sight={sight} limit={CELL_LIMIT} />;
}

function marked(text: string, words: Words): ComponentChildren {
  const shown = text.slice(0, CELL_LIMIT);
  return words?.length ? <Marked text={shown} words={words} /> : shown;
}

/** In a narrow window a row has two lines. */
function isNarrow({ tracks }: Layout): boolean {
  return tracks === "none";
}

interface ToldProps {
  readonly task: Task;
  readonly now: number;
  readonly layout: Layout;
  readonly words: Words;
}

/** What a task that does not run says, over the columns that tell of progress. */
function Told({ task, now, layout, words }: ToldProps) {
  const said = told(task, now);
  const sight = isNarrow(layout) ? NARROW_SIGHT : CELL_LIMIT;
  return (
    <span
      class="cell-told"
      role="cell"
      aria-colspan={layout.span}
      title={said.slice(0, CELL_LIMIT)}
    >
      <span class="told">{line(said, words, sight)}</span>
      {besides(task, now, layout.columns.has("ran")).map((note) => (
        <span key={note} class="told-note">
          {note}
        </span>
      ))}
      {isRetried(task) && (
        <a
          class="told-note row-link"
          href={href({ page: "task", id: task.retried_as as string })}
          tabIndex={-1}
        >
          {text.tasks.retried}
        </a>
      )}
    </span>
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

/** Alternates with every change of state after the first, so that the animation of the tint starts again. */
function useTint(state: State): "a" | "b" | undefined {
  const last = useRef<{ state: State; tint: "a" | "b" | undefined }>({ state, tint: undefined });
  if (last.current.state !== state) {
    last.current = { state, tint: last.current.tint === "a" ? "b" : "a" };
  }
  return last.current.tint;
}
