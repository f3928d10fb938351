/** A list of tasks in which only the rows that can be seen exist, and those keep their place while one is among them. */

import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { NARROW } from "../../../browser/columns";
import { columns, density } from "../../../browser/preferences";
import { useLayout, windowWidth } from "../../../browser/width";
import type { Task } from "../../../contract/messages";
import { text } from "../../../text";
import { RowHead } from "../../../ui/task_row/head";
import { Row } from "../../../ui/task_row/row";
import type { Selection } from "../../../ui/task_row/selection";
import { hold } from "./held_rows";
import type { Pages, Rows } from "./older_pages";
import { useListKeys } from "./row_keys";
import { type Slice, visible } from "./row_window";

/** Heights of a row in pixels, on one line and, where the window is narrow, on two. */
const ROWS = { airy: [40, 60], compact: [32, 52] } as const;

/** What a list shows at this moment, for those who act on it. */
export interface Listing {
  ids: readonly string[];
  taskOf(id: string): Task | undefined;
}

export const NO_LISTING: Listing = { ids: [], taskOf: () => undefined };

/** So many rows before the end of the list the ones that follow are asked for: a page of the window, at least. */
const AHEAD = 40;

interface Props {
  readonly store: Pages;
  readonly selection: Selection;
  readonly listing: RefObject<Listing>;
  /** What stands in its place while there is no row, not even one that is held. */
  readonly empty: ComponentChildren;
}

export function TaskTable({ store, selection, listing, empty }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const height = ROWS[density.value][windowWidth.value < NARROW ? 1 : 0];
  const scrolled = useScrolled(list, height);
  const { ids, waiting, holding, among, release } = useHeld(store, box, scrolled > 0);
  const signalOf = useSignals(store, ids);
  const slice: Slice = visible(ids.length, height, scrolled, innerHeight);
  const layout = useLayout(columns.value);
  listing.current = { ids, taskOf: (id) => signalOf(id)?.peek() };
  const order = useCallback(() => listing.current.ids, [listing]);
  useListKeys(list, ids, height, selection);
  const present = new Set(store.ids.value);
  const atEnd = slice.end >= ids.length - AHEAD;
  // At once: a moment later there may be more rows than were looked at here.
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
      style={{ "--tracks": layout.tracks, "--row": `${height}px` }}
      {...among}
    >
      <RowHead layout={layout} selection={selection} ids={ids} />
      {waiting > 0 && (
        <div class="new-above" role="row">
          <span role="cell">
            <button
              type="button"
              onClick={() => {
                release();
                store.leave();
                const top = box.current?.getBoundingClientRect().top ?? 0;
                if (top < 0) scrollTo(0, 0);
              }}
            >
              {text.tasks.newAbove(waiting)}
            </button>
          </span>
        </div>
      )}
      <div ref={list} class="table-rows" role="rowgroup" style={{ height: `${slice.height}px` }}>
        <div class="table-slice" style={{ transform: `translateY(${slice.top}px)` }}>
          {ids.slice(slice.first, slice.end).map((id, i) => {
            const task = signalOf(id);
            return (
              task && (
                <Row
                  key={id}
                  task={task}
                  place={slice.first + i + 2}
                  layout={layout}
                  selection={selection}
                  order={order}
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

/** How far the top of the list lies above that of the window. One state per row is enough: the same rows are the same picture. */
function useScrolled(list: RefObject<HTMLDivElement | null>, height: number): number {
  const [scrolled, setScrolled] = useState(0);
  useEffect(() => {
    const look = () => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      setScrolled(Math.floor(-top / height) * height);
    };
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [list, height]);
  return scrolled;
}

/** The rows as they stand: as the store has them, or held while the pointer, the focus or the reader is among them. */
function useHeld(store: Rows, box: RefObject<HTMLDivElement | null>, isAway: boolean) {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const standing = useRef<{ store: Rows; ids: readonly string[] }>({ store, ids: [] });
  const [, setTurn] = useState(0);
  const present = store.ids.value;
  const holding = pointed || focused || isAway;
  const same = standing.current.store === store && standing.current.ids.length > 0;
  const { shown, waiting } =
    holding && same ? hold(standing.current.ids, present) : { shown: present, waiting: 0 };
  standing.current = { store, ids: shown };
  // A row that goes takes the focus with it, and says nothing.
  useLayoutEffect(() => {
    if (focused && !box.current?.contains(document.activeElement)) setFocused(false);
    if (pointed && !box.current) setPointed(false);
  });
  return {
    ids: shown,
    waiting,
    holding,
    release: () => {
      standing.current = { store, ids: [] };
      setTurn((last) => last + 1);
    },
    among: {
      // A finger points at nothing when it is lifted: there it is scrolling that holds.
      onPointerEnter: (event: PointerEvent) => setPointed(event.pointerType === "mouse"),
      onPointerLeave: () => setPointed(false),
      onFocusIn: () => setFocused(true),
      onFocusOut: () => setFocused(false),
    },
  };
}

/** The signal of each row; one that is no longer in the store keeps its last. */
function useSignals(store: Rows, ids: readonly string[]) {
  const kept = useRef(new Map<string, ReadonlySignal<Task>>());
  const standing = new Set(ids);
  for (const id of kept.current.keys()) if (!standing.has(id)) kept.current.delete(id);
  for (const id of ids) {
    const task = store.task(id);
    if (task) kept.current.set(id, task);
  }
  return (id: string) => kept.current.get(id);
}
