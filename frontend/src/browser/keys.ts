/** The keys of every page, and helpers for the keys of one. */

import { useEffect } from "preact/hooks";
import { go, HOME, href } from "./router";

/** Addresses by the second key after "g". */
const PLACES: Readonly<Record<string, string>> = {
  t: HOME,
  l: href({ page: "launch", job: null }),
  w: href({ page: "workers" }),
  q: href({ page: "queues" }),
  s: href({ page: "schedule" }),
  n: href({ page: "activity" }),
};

/** The second key of a pair follows the first within this time. */
const PAIR_MS = 1000;

/** Whether a key is a shortcut: pressed alone, and not in a field or dialog (which may keep the focus for a moment after it was closed). */
export function isShortcut(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const within = event.target as Element | null;
  return !within?.closest?.("input:not([type=checkbox]), select, textarea, dialog[open]");
}

/** Listens for the keys of every page. `help` opens the panel of keys. */
export function useShortcuts(help: () => void): void {
  useEffect(() => {
    let pairedAt = 0;
    const press = (event: KeyboardEvent) => {
      if (!isShortcut(event)) return;
      const place = Date.now() - pairedAt < PAIR_MS ? PLACES[event.key] : undefined;
      pairedAt = event.key === "g" ? Date.now() : 0;
      if (place && document.querySelector(`.tabs a[href="${place}"]`)) {
        event.preventDefault();
        go(place);
      } else if (event.key === "?") {
        event.preventDefault();
        help();
      } else if (event.key === "/") {
        event.preventDefault();
        focusOnce(searchField, () => go(HOME), 30);
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

function searchField(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-search]");
}

/** Focuses an element; if there is none, `make` makes it appear within so many animation frames. */
export function focusOnce(
  find: () => HTMLElement | null | undefined,
  make: () => void,
  frames: number,
): void {
  const there = find();
  if (there) {
    there.focus();
    return;
  }
  make();
  let left = frames;
  const again = () => {
    const found = find();
    if (found) found.focus();
    else if (left-- > 0) requestAnimationFrame(again);
  };
  requestAnimationFrame(again);
}
