/** What was launched from this tab, newest first; a reload does not forget it. */

import { type ReadonlySignal, signal } from "@preact/signals-core";

const KEY = "phloem.launched";
const MOST = 8;

function stored(): readonly string[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter((id) => typeof id === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

const ids = signal<readonly string[]>(stored());

export const launched: ReadonlySignal<readonly string[]> = ids;

export function addLaunched(id: string): void {
  ids.value = [id, ...ids.value].slice(0, MOST);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(ids.value));
  } catch {
    // No storage: the list holds until the page is closed.
  }
}
