/** One plot over time: its lines drawn by uPlot, and what they say at the pointer, or now, in text. */

import "uplot/dist/uPlot.min.css";

import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import { type LineName, activityText as words } from "../../text/activity";
import { hourMinute, number, timeOfDay } from "../../text/format";
import { zone } from "../../text/zone";
import { marks, scale } from "./lines";

/** Pixels. */
const HEIGHT = 176;
const LEFT = 40;
const BELOW = 28;

/** Plots that share the pointer. */
const TOGETHER = "now";

/** How a line is drawn, beside its colour: by shape alone, too, one can tell which is which. */
const DASHES: Readonly<Partial<Record<LineName, readonly number[]>>> = {
  failed: [3, 2],
  waiting: [6, 3],
};

export interface Line {
  readonly name: LineName;
  readonly values: readonly number[];
}

interface Props {
  readonly name: string;
  readonly title: string;
  /** Unix seconds, one for each value. */
  readonly times: readonly number[];
  readonly span: readonly [from: number, to: number];
  readonly lines: readonly Line[];
  /** The place among the times that is pointed at, in any of the plots. */
  readonly pointed: Signal<number | null>;
}

export function Plot({ name, title, times, span, lines, pointed }: Props) {
  const figure = useRef<HTMLElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const shown = useRef(span);
  shown.current = span;
  const timesOf = zone.value;

  useEffect(() => {
    if (!host.current || !figure.current) return;
    const drawn = draw(host.current, figure.current, lines, shown, pointed);
    plot.current = drawn;
    const resized = new ResizeObserver(([entry]) => {
      if (entry) drawn.setSize({ width: Math.floor(entry.contentRect.width), height: HEIGHT });
    });
    resized.observe(host.current);
    const forget = onLook(() => drawn.redraw(false, false));
    return () => {
      resized.disconnect();
      forget();
      drawn.destroy();
      plot.current = null;
    };
    // Made once: what changes are the data.
  }, []);

  // The zone is in the marks of the axis.
  useEffect(() => {
    plot.current?.setData([times, ...lines.map(({ values }) => values)] as UPlot.AlignedData);
  }, [times, lines, timesOf]);

  return (
    <figure ref={figure} class="plot" data-plot={name}>
      <Caption title={title} times={times} lines={lines} pointed={pointed} />
      <div ref={host} class="plot-canvas" role="img" aria-label={words.plot(title, lines)} />
    </figure>
  );
}

function Caption({ title, times, lines, pointed }: Omit<Props, "name" | "span">) {
  const place = pointed.value;
  const at = place === null ? undefined : times[place];
  return (
    <figcaption class="plot-head">
      <h2>{title}</h2>
      <ul class="plot-keys">
        {lines.map(({ name, values }) => (
          <li key={name} class="plot-key" data-line={name}>
            <svg viewBox="0 0 20 8" aria-hidden="true">
              <line x1="0" x2="20" y1="4" y2="4" stroke-dasharray={DASHES[name]?.join(" ")} />
            </svg>
            {words.line[name]}{" "}
            <b>{number((place === null ? values.at(-1) : values[place]) ?? 0)}</b>
          </li>
        ))}
      </ul>
      <span class="plot-time">{at === undefined ? words.present : timeOfDay(at)}</span>
    </figcaption>
  );
}

function draw(
  host: HTMLElement,
  figure: HTMLElement,
  lines: readonly Line[],
  span: { readonly current: readonly [number, number] },
  pointed: Signal<number | null>,
): UPlot {
  const style = getComputedStyle(host);
  // Canvas knows no tokens: colours are read where the page itself has them.
  const colourOf = (name: LineName) => {
    const key = figure.querySelector(`[data-line="${name}"] svg`);
    return key ? getComputedStyle(key).stroke : "";
  };
  const font = `12px ${style.fontFamily}`;
  const axis: UPlot.Axis = {
    stroke: () => style.color,
    font,
    ticks: { show: false },
    grid: { stroke: () => style.borderTopColor, width: 1 },
  };
  const options: UPlot.Options = {
    width: Math.max(1, host.clientWidth),
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      sync: { key: TOGETHER },
      points: { size: 7, width: 0, fill: (_, at) => colourOf(lines[at - 1]?.name ?? "done") },
    },
    scales: {
      x: { time: false, range: () => [...span.current] },
      y: { range: (_, __, most) => [0, scale(most ?? 0).at(-1) ?? 1] },
    },
    axes: [
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
    ],
    series: [
      {},
      ...lines.map(({ name }) => ({
        stroke: () => colourOf(name),
        fill: () => (DASHES[name] ? "transparent" : faint(colourOf(name))),
        width: 1.5,
        dash: [...(DASHES[name] ?? [])],
        points: { show: false },
      })),
    ],
    hooks: {
      setCursor: [
        (self) => {
          pointed.value = self.cursor.idx ?? null;
        },
      ],
    },
  };
  return new UPlot(options, [[], ...lines.map(() => [])], host);
}

const compact = new Intl.NumberFormat("en", { notation: "compact" });

function short(value: number): string {
  return value < 10_000 ? number(value) : compact.format(value);
}

function faint(colour: string): string {
  return colour.replace("rgb(", "rgba(").replace(")", ", 0.12)");
}

/** Calls `then` when the colours may be others. */
function onLook(then: () => void): () => void {
  const chosen = new MutationObserver(then);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", then);
  return () => {
    chosen.disconnect();
    system.removeEventListener("change", then);
  };
}
