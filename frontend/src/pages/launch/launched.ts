/** The tasks that were launched from this tab, newest first, kept in sessionStorage. */

import { type ReadonlySignal, signal } from "@preact/signals-core";

const STORAGE_KEY = "phloem.launched";
const LAUNCHED_LIMIT = 8;

function stored(): readonly string[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "[]");
    return Array.isArray(value)
      ? value.filter((id) => typeof id === "string").slice(0, LAUNCHED_LIMIT)
      : [];
  } catch {
    return [];
  }
}

const ids = signal<readonly string[]>(stored());

export const launched: ReadonlySignal<readonly string[]> = ids;

export function addLaunched(id: string): void {
  ids.value = [id, ...ids.value].slice(0, LAUNCHED_LIMIT);
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(ids.value));
  } catch {
    // Without storage the list holds until the page is closed.
  }
}
