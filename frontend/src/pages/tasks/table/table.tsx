/** The table of tasks. Only rows that can be seen exist, and they keep their place while the user is among them. */

import type { ReadonlySignal, Signal } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { useCallback, useLayoutEffect, useRef } from "preact/hooks";
import { NARROW, styleOf } from "../../../browser/columns";
import { columns, density } from "../../../browser/preferences";
import { useLayout, windowWidth } from "../../../browser/width";
import type { Task } from "../../../contract/messages";
import type { Sought } from "../../../search/found";
import { text } from "../../../text";
import { RowHead } from "../../../ui/task_row/head";
import { Row } from "../../../ui/task_row/row";
import type { Selection } from "../../../ui/task_row/selection";
import { useHeld, useRowIndices, useScrolled, useSignals } from "./hooks";
import type { Pages } from "./older_pages";
import { useListKeys } from "./row_keys";
import { type Slice, visible } from "./row_window";

/** Heights of a row in pixels: on one line, on two in a narrow window, and there with an error of three lines. styles/row.css relies on them. */
const ROWS = { airy: [40, 60, 76], compact: [32, 52, 68] } as const;

/** What the table shows at this moment, for components beside it. */
export interface Listing {
  ids: readonly string[];
  signalOf(id: string): ReadonlySignal<Task> | undefined;
  taskOf(id: string): Task | undefined;
  /** Moves the focus to the row that had it last, or to the first. */
  back(): void;
}

export const NO_LISTING: Listing = {
  ids: [],
  signalOf: () => undefined,
  taskOf: () => undefined,
  back: () => {},
};

/** Older rows are asked for when the view comes this many rows close to the end: at least one page of the window. */
const ROWS_AHEAD = 40;

interface Props {
  readonly store: Pages;
  readonly selection: Selection;
  /** The task beside the list. */
  readonly peeked: Signal<string | null>;
  /** Runs the chosen tasks again, or this one if none is; false where there is none to run. */
  readonly retry: (id: string | null) => boolean;
  /** What is searched for, to be marked. */
  readonly sought: Sought | null;
  /** Whether only failures are listed, whose errors have a line more on a phone. */
  readonly failing: boolean;
  /** Set with every rendering. */
  readonly listing: RefObject<Listing>;
  /** Shown instead while there are no rows, not even held ones. */
  readonly empty: ComponentChildren;
}

export function TaskTable({
  store,
  selection,
  peeked,
  retry,
  sought,
  failing,
  listing,
  empty,
}: Props) {
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const narrow = windowWidth.value < NARROW;
  const height = ROWS[density.value][narrow ? (failing ? 2 : 1) : 0];
  const scrolled = useScrolled(list, height);
  const { ids, waiting, holding, among, release } = useHeld(store, box, scrolled > 0);
  const signalOf = useSignals(store, ids);
  const slice: Slice = visible(ids.length, height, scrolled, innerHeight);
  useRowIndices(rows, slice.first);
  const layout = useLayout(columns.value);
  const back = useListKeys({ list, ids, height, selection, peeked, retry });
  listing.current = { ids, signalOf, taskOf: (id) => signalOf(id)?.peek(), back };
  const order = useCallback(() => listing.current.ids, [listing]);
  const present = new Set(store.ids.value);
  const atEnd = slice.end >= ids.length - ROWS_AHEAD;
  // A layout effect, because a moment later there may be more rows than were looked at here.
  useLayoutEffect(() => {
    if (!holding) store.leave();
    else if (atEnd) store.older();
    else if (scrolled > 0) store.pin();
  });
  if (!ids.length) return <>{empty}</>;
  return (
    <div
      ref={box}
      class="table"
      role="table"
      aria-label={text.tasks.title}
      aria-rowcount={ids.length + 1}
      data-failing={failing || undefined}
      data-choosing={selection.ids.value.size > 0 || undefined}
      style={{ ...styleOf(layout), "--row": `${height}px` }}
      {...among}
    >
      <RowHead layout={layout} selection={selection} ids={ids} />
      {waiting > 0 && <NewAbove count={waiting} show={() => showNewest(box, store, release)} />}
      <div ref={list} class="table-rows" role="rowgroup" style={{ height: `${slice.height}px` }}>
        <div ref={rows} class="table-slice" style={{ transform: `translateY(${slice.top}px)` }}>
          {ids.slice(slice.first, slice.end).map((id) => {
            const task = signalOf(id);
            return (
              task && (
                <Row
                  key={id}
                  task={task}
                  layout={layout}
                  selection={selection}
                  order={order}
                  peeked={peeked}
                  sought={sought}
                  gone={!present.has(id)}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

function showNewest(
  box: RefObject<HTMLDivElement | null>,
  store: Pages,
  release: () => void,
): void {
  release();
  store.leave();
  const top = box.current?.getBoundingClientRect().top ?? 0;
  if (top < 0) scrollTo(0, 0);
}

interface NewAboveProps {
  readonly count: number;
  readonly show: () => void;
}

/** The button that shows the newer rows while rows are held. */
function NewAbove({ count, show }: NewAboveProps) {
  return (
    <div class="new-above" role="row">
      <span role="cell">
        <button type="button" onClick={show}>
          {text.tasks.newAbove(count)}
        </button>
      </span>
    </div>
  );
}
