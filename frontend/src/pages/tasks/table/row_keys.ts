/** The keys of a list: j and k from row to row, x to choose one; Enter opens it, as with any link. */

import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { isTyping } from "../../../browser/keys";
import type { Selection } from "../../../ui/task_row/selection";

export function useListKeys(
  list: RefObject<HTMLDivElement | null>,
  ids: readonly string[],
  height: number,
  selection: Selection,
): void {
  const latest = useRef({ ids, height });
  latest.current = { ids, height };
  const last = useRef<string | null>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = STEPS[event.key];
      const row = document.activeElement?.closest<HTMLElement>("[data-task]");
      const within = list.current?.contains(row ?? null) ? (row?.dataset.task ?? null) : null;
      if (event.key === "x" && within) {
        event.preventDefault();
        selection.toggle(within);
      } else if (event.key === "Escape" && selection.ids.peek().size) {
        selection.set([]);
      } else if (step) {
        event.preventDefault();
        const { ids, height } = latest.current;
        const from = ids.indexOf(within ?? last.current ?? "");
        const next = ids[Math.max(0, Math.min(ids.length - 1, from + step))];
        if (next === undefined) return;
        last.current = next;
        focusRow(list, next, ids.indexOf(next), height);
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [list, selection]);
}

const STEPS: Readonly<Record<string, number>> = { j: 1, k: -1 };

/** A row that does not exist yet does once it can be seen. */
function focusRow(
  list: RefObject<HTMLDivElement | null>,
  id: string,
  index: number,
  height: number,
): void {
  const find = () =>
    list.current?.querySelector<HTMLElement>(`[data-task="${CSS.escape(id)}"] .cell-name a`);
  const link = find();
  if (link) {
    link.focus();
    return;
  }
  const top = list.current?.getBoundingClientRect().top ?? 0;
  scrollBy(0, top + index * height - innerHeight / 2);
  let tries = 10;
  const again = () => {
    const there = find();
    if (there) there.focus();
    else if (tries-- > 0) requestAnimationFrame(again);
  };
  requestAnimationFrame(again);
}
