/** The state of the table: how far it is scrolled, which rows are held, and the signals of rows. */

import type { ReadonlySignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Task } from "../../../contract/messages";
import { hold } from "./held_rows";
import type { Rows } from "./older_pages";

/** How far the top of the list is above that of the window, in pixels, in steps of a row: within one the rows are the same. */
export function useScrolled(list: RefObject<HTMLDivElement | null>, height: number): number {
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

/** The rows as shown: those of the store, or held while the pointer or the focus is among them, or the list is scrolled (`isAway`). */
export function useHeld(store: Rows, box: RefObject<HTMLDivElement | null>, isAway: boolean) {
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
  // A focused row that is removed loses the focus without an event.
  useLayoutEffect(() => {
    if (focused && !box.current?.contains(document.activeElement)) setFocused(false);
    if (pointed && !box.current) setPointed(false);
  });
  return {
    ids: shown,
    waiting,
    holding,
    /** Shows the rows of the store now, and holds those from then on. */
    release: () => {
      standing.current = { store, ids: [] };
      setTurn((last) => last + 1);
    },
    /** Properties of the element that the rows are in. */
    among: {
      // A finger leaves no pointer behind when it is lifted: on a touch screen only scrolling holds the rows.
      onPointerEnter: (event: PointerEvent) => setPointed(event.pointerType === "mouse"),
      onPointerLeave: () => setPointed(false),
      onFocusIn: () => setFocused(true),
      onFocusOut: () => setFocused(false),
    },
  };
}

/** The signal of each row; a row that is no longer in the store keeps its last one. */
export function useSignals(store: Rows, ids: readonly string[]) {
  const kept = useRef(new Map<string, ReadonlySignal<Task>>());
  const standing = new Set(ids);
  for (const id of kept.current.keys()) if (!standing.has(id)) kept.current.delete(id);
  for (const id of ids) {
    const task = store.task(id);
    if (task) kept.current.set(id, task);
  }
  return (id: string) => kept.current.get(id);
}

/**
 * Numbers the rows that exist among all rows of the table, of which the head is the first. Not done by each row, all of
 * which a new task would have rendered otherwise.
 */
export function useRowIndices(slice: RefObject<HTMLDivElement | null>, first: number): void {
  useLayoutEffect(() => {
    let place = first + 2;
    for (const row of slice.current?.children ?? []) {
      if (row.getAttribute("aria-rowindex") !== `${place}`) {
        row.setAttribute("aria-rowindex", `${place}`);
      }
      place += 1;
    }
  });
}
