/** Preferences, kept in localStorage. Without storage they hold until the page is closed. */

import { type Signal, signal } from "@preact/signals-core";
import { type TimeStyle, timeStyle, type Zone, zone } from "../text/zone";
import { COLUMNS, type Column, USUAL } from "./columns";

/** A signal whose value is stored. `read` turns anything that may have been stored into a valid value. */
function stored<Value>(key: string, read: (given: unknown) => Value): Signal<Value> {
  return keep(key, signal(read(null)), read);
}

function keep<Value>(
  key: string,
  value: Signal<Value>,
  read: (given: unknown) => Value,
): Signal<Value> {
  const name = `phloem.${key}`;
  let given: unknown = null;
  try {
    given = JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    // No storage, or not JSON.
  }
  value.value = read(given);
  let first = true;
  value.subscribe((now) => {
    if (first) {
      first = false;
      return;
    }
    try {
      localStorage.setItem(name, JSON.stringify(now));
    } catch {
      // A private window may have no storage.
    }
  });
  return value;
}

function oneOf<Value extends string>(values: readonly Value[], usual: Value) {
  return (given: unknown): Value => values.find((value) => value === given) ?? usual;
}

export const columns = stored<readonly Column[]>("columns", (given) =>
  Array.isArray(given) ? COLUMNS.filter((column) => given.includes(column)) : USUAL,
);

export type Density = "airy" | "compact";
export const density = stored("density", oneOf<Density>(["airy", "compact"], "airy"));

keep("zone", zone, oneOf<Zone>(["local", "utc"], "local"));
keep("times", timeStyle, oneOf<TimeStyle>(["relative", "absolute"], "relative"));

/** A search that the user saved under a name. */
export interface SavedView {
  readonly name: string;
  readonly search: string;
}

const VIEWS_LIMIT = 50;

export const savedViews = stored<readonly SavedView[]>("views", (given) =>
  (Array.isArray(given) ? given : [])
    .filter((view) => typeof view?.name === "string" && typeof view.search === "string")
    .slice(0, VIEWS_LIMIT),
);

/** Saves a search; replaces another of the same name. */
export function saveView(name: string, search: string): void {
  const others = savedViews.peek().filter((view) => view.name !== name);
  savedViews.value = [...others, { name, search }].slice(-VIEWS_LIMIT);
}

export function forgetView(name: string): void {
  savedViews.value = savedViews.peek().filter((view) => view.name !== name);
}

/** The view whose number stands in the title and the icon of the tab. */
export interface WatchedView extends SavedView {
  /** Whether a notification is to tell of its first task. */
  readonly notify: boolean;
}

export const watchedView = stored<WatchedView | null>("watched", (given) => {
  const { name, search, notify } = (given ?? {}) as Partial<WatchedView>;
  if (typeof name !== "string" || typeof search !== "string") return null;
  return { name, search, notify: notify === true };
});
