/** How much room each slot gets, so that all slots are on the wall. Pure; heights are in units of the wall's type. */

/** A slot with its bar below its text, in large type or not; behind it, in larger type or not; or alone. */
export type Density = "large" | "roomy" | "lines" | "close" | "bars";

export interface Fit {
  readonly density: Density;
  readonly columns: number;
  /** Whether the slots of one worker go on in the next column. */
  readonly broken: boolean;
}

interface Measure {
  readonly density: Density;
  /** The height that there is for slots on a screen of 16:9. styles/pages/wall relies on it. */
  readonly height: number;
  /** The name of the worker, with the gap below its slots. */
  readonly head: number;
  readonly slot: number;
  readonly columns: number;
}

const CLOSE: Measure = { density: "close", height: 26.4, head: 2.35, slot: 1.6, columns: 4 };

const MEASURES: readonly Measure[] = [
  { density: "large", height: 24, head: 3.3, slot: 4.3, columns: 2 },
  { density: "roomy", height: 25.7, head: 2.9, slot: 3.5, columns: 2 },
  { density: "lines", height: 25.7, head: 2.8, slot: 2.3, columns: 2 },
  { ...CLOSE, columns: 3 },
];

/** How many slots stand on a line as bars alone. */
export const BARS_A_LINE = 8;

/** With more columns no bar could be seen. */
const BARS_COLUMNS = 7;

/** The roomiest way in which the slots of these workers fit. */
export function fit(slots: readonly number[]): Fit {
  for (const measure of MEASURES) {
    const columns = columnsOf(heightsOf(slots, measure), measure.height);
    if (columns <= measure.columns) return { density: measure.density, columns, broken: false };
  }
  const broken = columnsOf(pieces(slots), CLOSE.height);
  if (broken < CLOSE.columns) return { density: "close", columns: broken, broken: true };
  const whole = columnsOf(heightsOf(slots, CLOSE), CLOSE.height);
  if (whole <= CLOSE.columns) return { density: "close", columns: whole, broken: false };
  const heights = slots.map((count) => 2.4 + Math.ceil(count / BARS_A_LINE) * 1.5);
  const columns = Math.min(BARS_COLUMNS, Math.max(2, columnsOf(heights, CLOSE.height)));
  return { density: "bars", columns, broken: false };
}

function heightsOf(slots: readonly number[], { head, slot }: Measure): readonly number[] {
  return slots.map((count) => head + count * slot);
}

/** What stays together where the slots of a worker may go on in the next column: its name and its first slot. */
function pieces(slots: readonly number[]): readonly number[] {
  const { head, slot } = CLOSE;
  return slots.flatMap((count) => [
    head + Math.min(count, 1) * slot,
    ...Array.from({ length: Math.max(0, count - 1) }, () => slot),
  ]);
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
