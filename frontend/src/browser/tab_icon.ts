/** The tab's icon: the mark, whose dots fill with the progress of the task one looks at. */

import { signal } from "@preact/signals-core";
import type { State } from "../contract/messages";
import { isRunning, isWaiting } from "../contract/progress";
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

const DOTS = [none, one, two, three, four, five];

/** Of the task one looks at; null where it is no single task. */
export interface Looked {
  readonly state: State;
  readonly percent: number | null;
}

/** The task that the page shows, for as long as it shows one. */
export const looked = signal<Looked | null>(null);

/** The address of the icon that tells this. */
export function iconOf(connected: boolean, looked: Looked | null): string {
  if (!connected) return lost;
  if (!looked) return mark;
  const { state, percent } = looked;
  if (isRunning(state) || isWaiting(state)) return DOTS[dots(percent)] ?? none;
  return state === "SUCCESS" ? done : failed;
}

/** How many of the five dots are full: each stands for 20 %. */
export function dots(percent: number | null): number {
  return Math.min(5, Math.floor((percent ?? 0) / 20));
}

export function showIcon(address: string): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link && link.getAttribute("href") !== address) link.setAttribute("href", address);
}
