/** How uPlot draws a plot: its lines, axes, colours and pointer. */

import type { Signal } from "@preact/signals";
import type UPlot from "uplot";
import type { Release } from "../../contract/hour";
import type { LineName } from "../../text/activity/page";
import { hourMinute, number } from "../../text/format";
import { marks, scale } from "./axes";
import type { Band } from "./bands";
import { FORCED, hatch } from "./hatches";

/** The height of a plot, in pixels. */
export const HEIGHT = 176;
/** The space for the axes, in pixels. */
const LEFT = 52;
const BELOW = 28;
/** Half of the time that is written at the end of the axis. */
const RIGHT = 20;

/** Plots with the same key share the pointer. */
const SYNC_KEY = "now";

const PRESSES: ReadonlySet<string> = new Set(["mousedown", "mouseup", "dblclick"]);

/** The dashes of lines, in pixels: lines can be told apart without their colours. */
const DASHES: Readonly<Partial<Record<LineName, readonly number[]>>> = {
  failed: [3, 2],
  waiting: [6, 3],
};

/** Those of a line of a plot: what bands stand below is no mere line. */
export function dashes(name: LineName, bands: readonly unknown[]): number[] {
  return bands.length > 0 ? [] : [...(DASHES[name] ?? [])];
}

export interface Line {
  readonly name: LineName;
  readonly values: readonly number[];
}

/** A part of what the first line says: it stands on the bands before it. */
export interface PlotBand extends Band {
  readonly label: string;
  readonly title: string;
  /** Where its name leads to. */
  readonly href: string | null;
}

/** What a plot is drawn with. */
export interface PlotInput {
  /** The element in which uPlot makes its canvas. */
  readonly host: HTMLElement;
  /** The element with the legend, from which colours are read. */
  readonly figure: HTMLElement;
  readonly lines: readonly { readonly name: LineName }[];
  readonly bands: readonly { readonly place: number }[];
  /** The time that is shown, in Unix seconds; read with each drawing. */
  readonly span: { readonly current: readonly [from: number, to: number] };
  /** Where releases began; read with each drawing. */
  readonly releases: { readonly current: readonly Release[] };
  /** Set to the index of the time under the pointer. */
  readonly pointed: Signal<number | null>;
  /** Called with a stretch of time that was dragged over. */
  readonly open: (from: number, to: number) => void;
}

/** Pixels that a pointer moves at least to mark a stretch of time: less is a click. */
const DRAG_PIXELS = 8;

export function plotOptions({
  host,
  figure,
  lines,
  bands,
  span,
  releases,
  pointed,
  open,
}: PlotInput): UPlot.Options {
  // A canvas knows no custom properties: colours are read from elements that the style sheet colours.
  const colourOf = (name: LineName) => {
    const key = figure.querySelector(`[data-line="${name}"] svg`);
    return key ? getComputedStyle(key).stroke : "";
  };
  const fillOf = (place: number) => {
    const { color, backgroundColor } = getComputedStyle(host);
    if (FORCED.matches) return hatch(place, color, backgroundColor) ?? backgroundColor;
    const key = figure.querySelector(`[data-band="${place}"] svg`);
    return key ? getComputedStyle(key).fill : "";
  };
  const edge = () => getComputedStyle(host)[FORCED.matches ? "color" : "backgroundColor"];
  return {
    width: Math.max(1, host.clientWidth),
    height: HEIGHT,
    padding: [8, RIGHT, 0, 0],
    legend: { show: false },
    select: { show: true, left: 0, top: 0, width: 0, height: 0 },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: DRAG_PIXELS },
      // The plots share where the pointer is; a stretch is marked in one of them.
      sync: { key: SYNC_KEY, filters: { pub: (type) => !PRESSES.has(type) } },
      points: {
        size: (_, at) => (at > bands.length ? 7 : 0),
        width: 0,
        fill: (_, at) => colourOf(lines[at - 1 - bands.length]?.name ?? "done"),
      },
    },
    scales: {
      x: { time: false, range: () => [...span.current] },
      y: { range: (_, __, most) => [0, scale(most ?? 0).at(-1) ?? 1] },
    },
    axes: axes(getComputedStyle(host)),
    series: [
      {},
      // Each is filled down to the axis, and the next one below covers what is not its own.
      ...bands.toReversed().map(({ place }) => ({
        stroke: edge,
        fill: () => fillOf(place),
        width: 1,
        points: { show: false },
      })),
      ...lines.map(({ name }) => ({
        stroke: () => colourOf(name),
        fill: () => (DASHES[name] ? "transparent" : faint(colourOf(name))),
        width: 1.5,
        dash: dashes(name, bands),
        points: { show: false },
      })),
    ],
    hooks: {
      draw: [(self) => drawReleases(self, releases.current, getComputedStyle(host))],
      setCursor: [
        (self) => {
          if (self.status) pointed.value = self.cursor.idx ?? null; // a new plot leaves it to the others
        },
      ],
      setSelect: [
        (self) => {
          const { left, width } = self.select;
          if (width >= DRAG_PIXELS) {
            open(self.posToVal(left, "x"), self.posToVal(left + width, "x"));
          }
        },
      ],
    },
  };
}

/** A vertical line for each release in the plot, with its name where there is room for it. */
function drawReleases(
  { ctx, bbox, scales, valToPos }: UPlot,
  releases: readonly Release[],
  style: CSSStyleDeclaration,
): void {
  const { min = 0, max = 0 } = scales.x ?? {};
  const pixel = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = style.color;
  ctx.lineWidth = pixel;
  ctx.font = `${12 * pixel}px ${style.fontFamily}`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  ctx.setLineDash([]);
  let written = Number.NEGATIVE_INFINITY;
  for (const { at, name } of releases) {
    if (at < (min ?? 0) || at > (max ?? 0)) continue;
    const x = Math.round(valToPos(at, "x", true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const left = x + 4 * pixel;
    const right = left + ctx.measureText(name).width;
    if (left < written || right > bbox.left + bbox.width) continue;
    ctx.fillText(name, left, bbox.top);
    written = right + 8 * pixel;
  }
  ctx.restore();
}

function axes(style: CSSStyleDeclaration): UPlot.Axis[] {
  const axis: UPlot.Axis = {
    stroke: () => style.color,
    font: `12px ${style.fontFamily}`,
    ticks: { show: false },
    grid: { stroke: () => style.borderTopColor, width: 1 },
  };
  return [
    {
      ...axis,
      size: BELOW,
      splits: (self, _, from, to) => marks(from, to, self.bbox.width / devicePixelRatio),
      values: (_, splits) => splits.map(hourMinute),
    },
    {
      ...axis,
      size: LEFT,
      gap: 8,
      splits: (self) => [...scale(self.scales.y?.max ?? 0)],
      values: (_, splits) => splits.map(short),
    },
  ];
}

const compact = new Intl.NumberFormat("en", { notation: "compact" });

function short(value: number): string {
  return value < 10_000 ? number(value) : compact.format(value);
}

function faint(colour: string): string {
  return colour.replace("rgb(", "rgba(").replace(")", ", 0.12)");
}
