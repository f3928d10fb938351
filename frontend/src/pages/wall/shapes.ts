/** The outlines of vessels and of the stem. Pure; in units of a drawing that is 1000 wide and 100 high. */

import type { Lines } from "../../contract/hour_lines";

const MIDDLE = 50;

/** Half the width of a vessel: of one that is empty, of one with a single task, and of the widest. */
const [EMPTY, LEAST, WIDEST] = [2.5, 7, 42] as const;

/** Half the width of the opening, through which tasks leave. */
const OPENING = 3;

/** How many tasks the widest vessel on the wall holds, at least. */
const SCALE_TASKS = 100;

/** What the widest vessel holds, so that the vessels do not all change whenever the deepest does: 100, 200, 500, 1000. */
export function scaleOf(deepest: number): number {
  let scale = SCALE_TASKS;
  for (let turn = 0; scale < deepest; turn++) scale *= turn % 3 === 1 ? 2.5 : 2;
  return scale;
}

/** Half the width of a vessel of that depth. It grows with the root: a vessel of ten times as many is three times as wide. */
export function halfWidth(depth: number, scale: number): number {
  if (depth <= 0) return EMPTY;
  return round(LEAST + (WIDEST - LEAST) * Math.sqrt(Math.min(1, depth / scale)));
}

export interface Outline {
  /** The walls. */
  readonly walls: string;
  /** What is between them. */
  readonly inside: string;
}

/** Where sieve plates part a vessel into its cells. */
export const PLATES = [168, 336, 504, 672] as const;

/** Where the last cell ends. */
const END = 840;

/** A cell is that much narrower at its plates than in its middle. */
const WAIST = 0.08;

/** Half the width of a vessel at its plates. */
export function halfAtPlate(half: number): number {
  return round(half * (1 - WAIST));
}

/** A vessel from the left to the right: open, narrowing to the worker's side, or closed where nobody draws from it. */
export function vessel(half: number, open: boolean): Outline {
  const plate = halfAtPlate(half);
  const belly = round(half * (1 + WAIST));
  const ends = [0, ...PLATES, END];
  const cells = ends.slice(1).map((end, cell) => ({ from: ends[cell] ?? 0, end }));
  const above = cells.map(
    ({ from, end }) => `Q${(from + end) / 2} ${MIDDLE - belly} ${end} ${MIDDLE - plate}`,
  );
  const below = cells
    .toReversed()
    .map(({ from, end }) => `Q${(from + end) / 2} ${MIDDLE + belly} ${from} ${MIDDLE + plate}`);
  const begin = `M0 ${MIDDLE - plate}${above.join("")}`;
  if (!open) {
    const cap = `C${END + 110} ${MIDDLE - plate} ${END + 110} ${MIDDLE + plate} ${END} ${MIDDLE + plate}`;
    const walls = begin + cap + below.join("");
    return { walls, inside: `${walls}Z` };
  }
  const mouth = Math.min(half, OPENING);
  const out = `C920 ${MIDDLE - plate} 930 ${MIDDLE - mouth} 1000 ${MIDDLE - mouth}`;
  const back = `C930 ${MIDDLE + mouth} 920 ${MIDDLE + plate} ${END} ${MIDDLE + plate}`;
  return {
    walls: `${begin}${out}M1000 ${MIDDLE + mouth}${back}${below.join("")}`,
    inside: `${begin}${out}V${MIDDLE + mouth}${back}${below.join("")}Z`,
  };
}

export interface Stem {
  /** All that ended. */
  readonly whole: string;
  /** What of it failed. */
  readonly core: string;
  /** Tasks a minute where it is thickest. */
  readonly most: number;
}

/** A failure is seen, however many tasks ended in that minute; no thicker, or one would look like many. */
const CORE_LEAST = 2;

/** The hour as a stem that is as thick as tasks ended in each minute. */
export function stem(drawn: Lines, [from, to]: readonly [number, number]): Stem {
  const failed = (at: number) => drawn.failed[at] ?? 0;
  const all = drawn.times.map((_, at) => (drawn.ok[at] ?? 0) + failed(at));
  const shown = drawn.times.flatMap((time, at) => (time >= from ? [at] : []));
  const most = Math.max(0, ...shown.map((at) => all[at] ?? 0));
  const x = (at: number) =>
    round((1000 * ((drawn.times[at] ?? 0) - from)) / Math.max(1, to - from));
  const half = (count: number) => (count ? Math.max(1.2, (46 * count) / Math.max(5, most)) : 0.6);
  const around = (times: readonly number[], size: (at: number) => number): string => {
    const above = times.map((at) => `${x(at)} ${round(MIDDLE - size(at))}`);
    const below = times.toReversed().map((at) => `${x(at)} ${round(MIDDLE + size(at))}`);
    return above.length ? `M${[...above, ...below].join("L")}Z` : "";
  };
  const core = stretches(shown, (at) => failed(at) > 0);
  return {
    whole: around(shown, (at) => half(all[at] ?? 0)),
    core: core
      .map((times) => around(times, (at) => Math.max(CORE_LEAST, half(failed(at)))))
      .join(""),
    most,
  };
}

/** The times one after the other in which something holds. */
function stretches(times: readonly number[], holds: (at: number) => boolean): readonly number[][] {
  const found: number[][] = [];
  let before = false;
  for (const at of times) {
    const now = holds(at);
    if (now && before) found.at(-1)?.push(at);
    else if (now) found.push([at]);
    before = now;
  }
  return found;
}

/** Where whole quarters of an hour are, 0 to 1. */
export function quarters([from, to]: readonly [number, number]): readonly {
  readonly at: number;
  readonly place: number;
}[] {
  const step = to - from > 1800 ? 900 : 300;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, each) => {
    const at = first + each * step;
    return { at, place: (at - from) / (to - from) };
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
