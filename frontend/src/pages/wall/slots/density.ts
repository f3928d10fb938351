/** How much room each slot gets, so that all slots are on the wall. Pure; heights are in units of the wall's type. */

/** A slot with its bar below its text, in large type or not; behind it, in larger type or not; or alone. */
export type Density = "large" | "roomy" | "lines" | "close" | "bars";

export interface Fit {
  readonly density: Density;
  readonly columns: number;
  /** Whether the slots of one worker go on in the next column. */
  readonly broken: boolean;
  /** How much larger all of it is than it has to be, where the column has room. */
  readonly grown: number;
}

interface Measure {
  readonly density: Density;
  /** The height that there is for slots on a screen of 16:9. styles/pages/wall relies on it. */
  readonly height: number;
  /** The name of the worker, with the gap below its slots. */
  readonly head: number;
  readonly slot: number;
  readonly columns: number;
  /** How large it may grow. */
  readonly most?: number;
}

const LARGE = { density: "large", height: 24, head: 3.3, slot: 4.3 } as const;
const ROOMY = { density: "roomy", height: 25.7, head: 2.9, slot: 3.5 } as const;
const LINES = { density: "lines", height: 25.7, head: 2.55, slot: 1.98 } as const;
const CLOSE: Measure = { density: "close", height: 26.4, head: 2.35, slot: 1.6, columns: 4 };

/** Of few columns, in which the text is whole, before more of them. In two it would be cut in large type. */
const MEASURES: readonly Measure[] = [
  { ...LARGE, columns: 1, most: 1.2 },
  { ...ROOMY, columns: 1 },
  { ...LINES, columns: 1, most: 1.35 },
  { ...ROOMY, columns: 2 },
  { ...LINES, columns: 2 },
  { ...CLOSE, columns: 3 },
];

/** How many slots stand on a line as bars alone. */
export const BARS_A_LINE = 8;

/** With more columns no bar could be seen. */
const BARS_COLUMNS = 7;

/** The roomiest way in which the slots of these workers fit. */
export function fit(slots: readonly number[]): Fit {
  for (const measure of MEASURES) {
    const heights = heightsOf(slots, measure);
    const columns = columnsOf(heights, measure.height);
    if (columns <= measure.columns) {
      const grown = columns === 1 ? growth(heights, measure) : 1;
      return { density: measure.density, columns, broken: false, grown };
    }
  }
  const broken = columnsOf(pieces(slots), CLOSE.height);
  if (broken < CLOSE.columns) {
    return { density: "close", columns: broken, broken: true, grown: 1 };
  }
  const whole = columnsOf(heightsOf(slots, CLOSE), CLOSE.height);
  if (whole <= CLOSE.columns) {
    return { density: "close", columns: whole, broken: false, grown: 1 };
  }
  const heights = slots.map((count) => 2.4 + Math.ceil(count / BARS_A_LINE) * 1.5);
  const columns = Math.min(BARS_COLUMNS, Math.max(2, columnsOf(heights, CLOSE.height)));
  return { density: "bars", columns, broken: false, grown: 1 };
}

function heightsOf(slots: readonly number[], { head, slot }: Measure): readonly number[] {
  return slots.map((count) => head + count * slot);
}

function growth(heights: readonly number[], { height, most = 1 }: Measure): number {
  const needed = heights.reduce((sum, each) => sum + each, 0);
  return needed ? Math.max(1, Math.min(most, height / needed)) : 1;
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
