/**
 * The icon of the tab: the mark, whose dots fill with the progress of the task that the page shows. Elsewhere it bears the
 * number of the watched view.
 */

import { signal } from "@preact/signals-core";
import type { State } from "../contract/messages";
import { isEnded } from "../contract/progress";
import failed from "../icon/failed.svg";
import five from "../icon/five.svg";
import four from "../icon/four.svg";
import lost from "../icon/lost.svg";
import mark from "../icon/mark.svg";
import none from "../icon/none.svg";
import one from "../icon/one.svg";
import done from "../icon/succeeded.svg";
import three from "../icon/three.svg";
import two from "../icon/two.svg";

const COUNTS = import.meta.glob<string>("../icon/count/*.svg", {
  eager: true,
  query: "?url",
  import: "default",
});

const DOTS = [none, one, two, three, four, five];

/** As much of a task as the icon shows. */
export interface IconTask {
  readonly state: State;
  readonly percent: number | null;
}

/** The task that the page shows; null on pages that do not show a single task. */
export const iconTask = signal<IconTask | null>(null);

/** The address of the icon. */
export function iconOf(
  connected: boolean,
  task: IconTask | null,
  count: number | null = null,
): string {
  if (!connected) return lost;
  if (!task) return counted(count ?? 0);
  const { state, percent } = task;
  if (!isEnded(state)) return DOTS[dots(percent)] ?? none;
  return state === "SUCCESS" ? done : failed;
}

function counted(count: number): string {
  if (count === 0) return mark;
  return COUNTS[`../icon/count/${count > 9 ? "more" : count}.svg`] ?? mark;
}

/** How many of the five dots are full: one per 20 %. */
export function dots(percent: number | null): number {
  return Math.min(5, Math.floor((percent ?? 0) / 20));
}

export function showIcon(address: string): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link && link.getAttribute("href") !== address) link.setAttribute("href", address);
}
