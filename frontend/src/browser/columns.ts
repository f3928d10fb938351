/** The columns of a list of tasks, and how they share the width. Pure; pixels. */

export const COLUMNS = [
  "says",
  "bar",
  "percent",
  "rate",
  "left",
  "state",
  "args",
  "queue",
  "worker",
  "release",
  "waited",
  "ran",
  "age",
] as const;

export type Column = (typeof COLUMNS)[number];

/** Shown unless the user chooses others: all but the word for the state, which the glyph shows. */
export const USUAL: readonly Column[] = COLUMNS.filter((column) => column !== "state");

interface Measure {
  readonly track: string;
  /** Shown in windows of at least this width. */
  readonly from: number;
}

/** From this width on the page uses all of it (styles/frame.css), and there is room for what a task was given. */
const WIDE = 1900;

const MEASURES: Readonly<Record<Column, Measure>> = {
  says: { track: "minmax(96px, 2.6fr)", from: 0 },
  bar: { track: "minmax(120px, 3fr)", from: 0 },
  percent: { track: "44px", from: 0 },
  rate: { track: "96px", from: 900 },
  left: { track: "84px", from: 0 },
  state: { track: "64px", from: 900 },
  args: { track: "minmax(160px, 2fr)", from: WIDE },
  queue: { track: "minmax(72px, 0.7fr)", from: 1180 },
  worker: { track: "minmax(64px, 0.7fr)", from: 1180 },
  release: { track: "minmax(64px, 0.5fr)", from: WIDE },
  waited: { track: "72px", from: 1400 },
  ran: { track: "72px", from: 1280 },
  age: { track: "76px", from: 900 },
};

/** What a task that does not run says takes the place of these, from the first to the last. */
const SAID: ReadonlySet<Column> = new Set(["says", "bar", "percent", "rate", "left"]);

/** In narrower windows a row has two lines with fixed cells. */
export const NARROW = 720;

/** In narrower windows tasks that are not running show their age in the place of the time left. */
const SHARED = 900;

export interface Layout {
  readonly columns: ReadonlySet<Column>;
  /** For `grid-template-columns`. */
  readonly tracks: string;
  /** How many tracks what a task says takes that does not run; 0 where none of them is shown. */
  readonly span: number;
}

const NAME = "16px minmax(144px, 3fr)";
const ON_TWO_LINES: ReadonlySet<Column> = new Set(["says", "bar", "percent", "left", "age"]);

/** The layout of the chosen columns in a window of that width. */
export function layout(chosen: readonly Column[], width: number): Layout {
  if (width < NARROW) return { columns: ON_TWO_LINES, tracks: "none", span: 1 };
  const shown = COLUMNS.filter(
    (column) => chosen.includes(column) && width >= MEASURES[column].from,
  );
  const tracks = [NAME, ...shown.map((column) => MEASURES[column].track)].join(" ");
  const columns = new Set<Column>(shown);
  const shares = width < SHARED && columns.has("left");
  if (shares) columns.add("age");
  const span = shown.filter((column) => SAID.has(column)).length - Number(shares);
  return { columns, tracks, span };
}

/** Whether what a task that does not run says takes the place of this column. */
export function isSaid(column: Column): boolean {
  return SAID.has(column);
}

/** The custom properties of the element in which rows of this layout are. */
export function styleOf({ tracks, span }: Layout): Record<`--${string}`, string> {
  return { "--tracks": tracks, "--span": String(span) };
}

/** In a narrow window a row has two lines. */
export function isNarrow({ tracks }: Layout): boolean {
  return tracks === "none";
}
