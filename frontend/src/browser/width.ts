/** The width of the window, and the layout of columns in it. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { type Column, type Layout, layout } from "./columns";

const width = signal(innerWidth);
addEventListener("resize", () => {
  width.value = innerWidth;
});

/** Pixels. */
export const windowWidth: ReadonlySignal<number> = width;

export function useLayout(chosen: readonly Column[]): Layout {
  const now = width.value;
  return useMemo(() => layout(chosen, now), [chosen, now]);
}
