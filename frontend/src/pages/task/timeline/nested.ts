/** The steps of a try on the axis of the timeline. Pure; times are Unix seconds. */

import type { Step, Try } from "../../../contract/messages";
import type { Run, Span } from "./timeline";

/** When a run ran; null where it did not start. */
export function ranIn(run: Run): Span | null {
  return run.spans.findLast(({ kind }) => kind === "running") ?? null;
}

/** Index of the try that a run of the timeline is: that which started when the run did. -1 where none is known. */
export function tryOf(run: Run, tries: readonly Try[]): number {
  const ran = ranIn(run);
  if (!ran) return -1;
  let nearest = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, { started_at: started }] of tries.entries()) {
    if (started === null) continue;
    const away = Math.abs(started - ran.from);
    if (away >= least) continue;
    nearest = index;
    least = away;
  }
  return nearest;
}

/** When a step lasted: of one without an end, until its try ended or until now; of one without times, as long as its try. */
export function extent(step: Step, ran: Span): { readonly from: number; readonly to: number } {
  const within = (at: number) => Math.min(Math.max(at, ran.from), ran.to);
  const from = within(step.started_at ?? ran.from);
  return { from, to: Math.max(from, within(step.finished_at ?? ran.to)) };
}

/** Steps of a try that are shown at most until all are asked for: those under way, and the last. */
export function firstShown(steps: readonly Step[], most: number): readonly Step[] {
  if (steps.length <= most + 1) return steps;
  const open = steps.filter(({ done }) => !done).slice(-most);
  const room = most - open.length;
  const last = new Set(room ? steps.filter(({ done }) => done).slice(-room) : []);
  return steps.filter((step) => last.has(step) || open.includes(step));
}

/**
 * The steps in which a try broke off: left before they were done, and nothing began after that. A step whose error the
 * task caught, to go on with another, is none of them.
 */
export function brokenOff(steps: readonly Step[]): ReadonlySet<Step> {
  const last = Math.max(...steps.map((step) => step.started_at ?? Number.NEGATIVE_INFINITY));
  return new Set(steps.filter(({ done, finished_at: end }) => !done && (end ?? last) >= last));
}

/** How many steps there were, also those that are not kept: a key counts the steps of its outline. */
export function stepsMade(steps: readonly Step[]): number {
  const made = new Map<string, number>();
  for (const { key } of steps) {
    const dot = key.lastIndexOf(".") + 1;
    const [above, place] = [key.slice(0, dot), Number(key.slice(dot))];
    made.set(above, Math.max(made.get(above) ?? 0, place));
  }
  return [...made.values()].reduce((sum, count) => sum + count, 0);
}
