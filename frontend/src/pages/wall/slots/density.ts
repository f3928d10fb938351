/** How much room each slot gets, so that all slots are on the wall. Pure; heights are in units of the wall's type. */

/** A slot with its bar below its text, in large type or not, behind it, or alone. */
export type Density = "large" | "roomy" | "close" | "bars";

export interface Fit {
  readonly density: Density;
  readonly columns: number;
}

/** The height that there is for slots on a screen of 16:9, once all type gives way. styles/pages/wall relies on it. */
const MOST = 26.4;

interface Measure {
  readonly density: Density;
  /** The height that there is for slots. */
  readonly height: number;
  /** The name of the worker, with the gap below its slots. */
  readonly head: number;
  readonly slot: number;
  readonly columns: number;
}

const MEASURES: readonly Measure[] = [
  { density: "large", height: 24, head: 3.3, slot: 4.3, columns: 2 },
  { density: "roomy", height: 25.7, head: 2.9, slot: 3.5, columns: 2 },
  { density: "close", height: MOST, head: 2.2, slot: 1.6, columns: 3 },
];

/** How many slots stand on a line as bars alone. */
export const BARS_A_LINE = 8;

/** The roomiest way in which the slots of these workers fit. */
export function fit(slots: readonly number[]): Fit {
  for (const { density, head, slot, columns, height } of MEASURES) {
    const needed = columnsOf(
      slots.map((count) => head + count * slot),
      height,
    );
    if (needed <= columns) return { density, columns: needed };
  }
  const heights = slots.map((count) => 2.4 + Math.ceil(count / BARS_A_LINE) * 1.5);
  return { density: "bars", columns: Math.min(4, Math.max(2, columnsOf(heights, MOST))) };
}

/** How many columns blocks of these heights need, which stay whole and in their order. */
function columnsOf(heights: readonly number[], most: number): number {
  let columns = 1;
  let filled = 0;
  for (const height of heights) {
    if (filled > 0 && filled + height > most) {
      columns += 1;
      filled = 0;
    }
    filled += height;
    if (height > most) return Number.POSITIVE_INFINITY;
  }
  return columns;
}
