/** Listens for the keys of the table in shortcuts.ts, and helps them to move the focus. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { type IdIn, isFirst, type Scope, shortcutOf } from "./shortcuts";

/** The second key of a pair follows the first within this time. */
const PAIR_MS = 1000;

/** Whether a key is meant for the page: not typed into a field, and not pressed in a dialog (which may keep the focus for a moment after it was closed). */
function isForPage(event: KeyboardEvent): boolean {
  const within = event.target as Element | null;
  return !within?.closest?.("input:not([type=checkbox]), select, textarea, dialog[open]");
}

/** What a key does; false where it has nothing to do now, and the browser may have it. */
export type Does = (event: KeyboardEvent) => boolean;

/** Listens for the keys of a scope while the component is mounted: for each there is something to do. */
export function useKeys<In extends Scope>(scope: In, does: Readonly<Record<IdIn<In>, Does>>): void {
  const latest = useRef(does);
  latest.current = does;
  // A layout effect: whoever sees the page may press a key.
  useLayoutEffect(() => {
    let first: { readonly key: string; readonly at: number } | null = null;
    const press = (event: KeyboardEvent) => {
      const control = event.ctrlKey || event.metaKey;
      if (event.altKey || event.defaultPrevented || (!control && !isForPage(event))) return;
      const before = first && event.timeStamp - first.at < PAIR_MS ? first.key : null;
      first = !control && isFirst(event.key) ? { key: event.key, at: event.timeStamp } : null;
      const id = shortcutOf(scope, { key: event.key, control }, before);
      if (id !== null && latest.current[id](event)) event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [scope]);
}

/** Focuses an element; if there is none, `make` makes it appear within so many animation frames. */
export function focusOnce(find: Find, make: () => void, frames: number): void {
  whenThere(find, make, frames, (found) => found.focus());
}

type Find = () => HTMLElement | null | undefined;

/** Calls `then` with an element; if there is none, `make` makes it appear within so many animation frames. */
export function whenThere(
  find: Find,
  make: () => void,
  frames: number,
  then: (found: HTMLElement) => void,
): void {
  const there = find();
  if (there) {
    then(there);
    return;
  }
  make();
  let left = frames;
  const again = () => {
    const found = find();
    if (found) then(found);
    else if (left-- > 0) requestAnimationFrame(again);
  };
  requestAnimationFrame(again);
}
