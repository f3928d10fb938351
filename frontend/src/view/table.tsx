/** A list of tasks in which only the rows that can be seen exist. */

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Store } from "../store";
import { text } from "../text";
import { type Slice, visible } from "../window";
import { Row, RowHead } from "./row";

/** The heights of a row in tasks.css, in pixels: one line, or two on a narrow screen. */
const ROW = 40;
const NARROW_ROW = 60;
const NARROW = matchMedia("(max-width: 719px)");

export function TaskTable({ store }: { readonly store: Store }) {
  const ids = store.ids.value;
  const list = useRef<HTMLDivElement>(null);
  const slice = useSlice(list, ids);
  return (
    <div class="table" role="table" aria-label={text.tasks.title} aria-rowcount={ids.length + 1}>
      <RowHead />
      <div ref={list} class="table-rows" role="rowgroup" style={{ height: `${slice.height}px` }}>
        <div class="table-slice" style={{ transform: `translateY(${slice.top}px)` }}>
          {ids.slice(slice.first, slice.end).map((id, i) => {
            const task = store.task(id);
            return task && <Row key={id} task={task} place={slice.first + i + 2} />;
          })}
        </div>
      </div>
    </div>
  );
}

/** The part of the list that the window shows; new rows above do not move what one reads. */
function useSlice(list: RefObject<HTMLDivElement | null>, ids: readonly string[]): Slice {
  const [narrow, setNarrow] = useState(NARROW.matches);
  const height = narrow ? NARROW_ROW : ROW;
  const [scrolled, setScrolled] = useState(0);
  const slice = visible(ids.length, height, scrolled, innerHeight);
  const anchor = useRef<string | undefined>(undefined);

  useEffect(() => {
    const look = () => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      // One state per row is enough: the same rows are the same picture.
      setScrolled(Math.floor(-top / height) * height);
      setNarrow(NARROW.matches);
    };
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [list, height]);

  // The first row that is seen keeps its place on the screen when rows come or go above it.
  const seen = Math.max(0, Math.floor(scrolled / height));
  const before = useRef({ ids, seen });
  useLayoutEffect(() => {
    const last = before.current;
    if (last.ids !== ids && anchor.current !== undefined && scrolled > 0) {
      const now = ids.indexOf(anchor.current);
      if (now >= 0 && now !== last.seen) scrollBy(0, (now - last.seen) * height);
    }
    before.current = { ids, seen };
    anchor.current = ids[seen];
  }, [ids, seen, scrolled, height]);

  return slice;
}
