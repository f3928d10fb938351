/** The keys of a list: j and k move from row to row, x chooses one. Enter opens it, as with any link. */

import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { focusOnce, isShortcut } from "../../../browser/keys";
import type { Selection } from "../../../ui/task_row/selection";

const ROW_STEPS: Readonly<Record<string, number>> = { j: 1, k: -1 };

/** `height` is that of a row, in pixels. */
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
      if (!isShortcut(event)) return;
      const step = ROW_STEPS[event.key];
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
