/** The keys of a list of tasks. Enter opens the row that has the focus, as with any link. */

import type { Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { focusOnce, useKeys } from "../../../browser/keys";
import type { Selection } from "../../../ui/task_row/selection";

interface Rows {
  readonly list: RefObject<HTMLDivElement | null>;
  readonly ids: readonly string[];
  /** The height of a row, in pixels. */
  readonly height: number;
  readonly selection: Selection;
  /** The task beside the list. */
  readonly peeked: Signal<string | null>;
  /** Runs the chosen tasks again, or this one if none is. */
  readonly retry: (id: string | null) => boolean;
}

/** Returns what moves the focus to the row that had it last, or to the first. */
export function useListKeys({ list, ids, height, selection, peeked, retry }: Rows): () => void {
  const last = useRef<string | null>(null);
  const focus = (id: string) => focusRow(list, id, ids.indexOf(id), height);
  useReturn(peeked, focus);
  const move = (step: number) => () => {
    const from = ids.indexOf(peeked.peek() ?? rowOf(document.activeElement) ?? last.current ?? "");
    const next = ids[Math.max(0, Math.min(ids.length - 1, from + step))];
    if (next === undefined) return false;
    last.current = next;
    // The focus stays in the panel beside the list, which shows the next task.
    if (peeked.peek() !== null) peeked.value = next;
    else focus(next);
    return true;
  };
  const target = () => peeked.peek() ?? rowOf(document.activeElement);
  useKeys("list", {
    next: move(1),
    previous: move(-1),
    open: () => false,
    peek: (event) => {
      const id = rowOf(event.target as Element);
      if (id === null || (event.target as Element).matches("input, button")) return false;
      peeked.value = peeked.peek() === id ? null : id;
      return true;
    },
    choose: () => {
      const id = target();
      if (id === null) return false;
      last.current = id;
      selection.toggle(id);
      return true;
    },
    retry: () => retry(target()),
    leave: () => {
      if (peeked.peek() !== null) peeked.value = null;
      else if (selection.ids.peek().size) selection.set([]);
      else return false;
      return true;
    },
  });
  return () => {
    const id = last.current !== null && ids.includes(last.current) ? last.current : ids[0];
    if (id !== undefined) focus(id);
  };
}

/** When nothing is beside the list any more, the focus goes back to the row of what was. */
function useReturn(peeked: Signal<string | null>, focus: (id: string) => void): void {
  const before = useRef<string | null>(null);
  const latest = useRef(focus);
  latest.current = focus;
  useEffect(
    () =>
      peeked.subscribe((id) => {
        if (id === null && before.current !== null) latest.current(before.current);
        before.current = id;
      }),
    [peeked],
  );
}

/** The task of the row that an element is in. */
function rowOf(element: Element | null): string | null {
  return element?.closest<HTMLElement>(".table-slice [data-task]")?.dataset.task ?? null;
}

/** Rows exist only where they can be seen: one that is out of sight is scrolled to first. */
function focusRow(
  list: RefObject<HTMLDivElement | null>,
  id: string,
  index: number,
  height: number,
): void {
  const find = () =>
    list.current?.querySelector<HTMLElement>(`[data-task="${CSS.escape(id)}"] .cell-name a`);
  const scroll = () => {
    const top = list.current?.getBoundingClientRect().top ?? 0;
    scrollBy(0, top + index * height - innerHeight / 2);
  };
  focusOnce(find, scroll, 10);
}
