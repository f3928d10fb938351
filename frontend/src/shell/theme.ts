/** The theme: paper (light), night (dark), or that of the system. public/theme.js applies it before the first painting. */

import { type ReadonlySignal, signal } from "@preact/signals-core";

export type Theme = "system" | "paper" | "night";

const STORAGE_KEY = "phloem.theme";
const ORDER: readonly Theme[] = ["system", "paper", "night"];

function initial(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === "paper" || theme === "night" ? theme : "system";
}

const current = signal<Theme>(initial());

export const theme: ReadonlySignal<Theme> = current;

export function nextTheme(): void {
  const next = ORDER[(ORDER.indexOf(current.value) + 1) % ORDER.length] ?? "system";
  current.value = next;
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(STORAGE_KEY, next);
  } catch {
    // Without storage the choice holds until the page is closed.
  }
}
