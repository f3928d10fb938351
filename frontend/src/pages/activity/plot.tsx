/** A plot over time, drawn by uPlot. Its legend has the values at the pointer, or those of the present. */

import "uplot/dist/uPlot.min.css";

import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import type { Release } from "../../contract/hour";
import { activityText as words } from "../../text/activity/page";
import { number, timeOfDay } from "../../text/format";
import { zone } from "../../text/zone";
import { BandKeys } from "./band_keys";
import { edges } from "./bands";
import { FORCED } from "./hatches";
import { dashes, HEIGHT, type Line, type PlotBand, plotOptions } from "./plot_options";
import { PlotReader } from "./plot_reader";

interface Props {
  readonly name: string;
  readonly title: string;
  /** Unix seconds, one per value. */
  readonly times: readonly number[];
  /** The time that is shown, in Unix seconds. */
  readonly span: readonly [from: number, to: number];
  readonly lines: readonly Line[];
  /** From below; none in a plot of lines alone. */
  readonly bands?: readonly PlotBand[];
  readonly releases: readonly Release[];
  /** The index of the time under the pointer, in any of the plots; null when there is none. */
  readonly pointed: Signal<number | null>;
  /** Opens what is of a stretch of time, in Unix seconds. Always the same function. */
  readonly open: (from: number, to: number) => void;
}

const NONE: readonly PlotBand[] = [];

export function Plot(props: Props) {
  const { name, title, times, span, lines, bands = NONE, releases, pointed, open } = props;
  const figure = useRef<HTMLElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const shown = useRef(span);
  shown.current = span;
  const marked = useRef(releases);
  marked.current = releases;
  const timesOf = zone.value;
  const places = bands.map(({ place }) => place).join();

  useEffect(() => {
    if (!host.current || !figure.current) return;
    const options = plotOptions({
      host: host.current,
      figure: figure.current,
      lines,
      bands,
      span: shown,
      releases: marked,
      pointed,
      open,
    });
    const drawn = new UPlot(options, [[], ...[...bands, ...lines].map(() => [])], host.current);
    plot.current = drawn;
    const box = host.current;
    const resized = new ResizeObserver(() => {
      drawn.setSize({ width: box.clientWidth, height: HEIGHT });
    });
    resized.observe(box);
    const forget = onColours(() => drawn.redraw(false, false));
    return () => {
      resized.disconnect();
      forget();
      drawn.destroy();
      plot.current = null;
    };
    // Made anew for other bands: otherwise only the data change.
  }, [places]);

  // The time zone changes the labels of the axis.
  useEffect(() => {
    const drawn = [...edges(bands).toReversed(), ...lines.map(({ values }) => values)];
    plot.current?.setData([times, ...drawn] as UPlot.AlignedData);
  }, [times, lines, bands, releases, timesOf]);

  return (
    <figure ref={figure} class="plot" data-plot={name}>
      <Caption {...{ title, times, lines, bands, pointed }} />
      <div class="plot-box">
        <div
          ref={host}
          class="plot-canvas"
          role="img"
          aria-label={words.plot(title, lines, bands)}
        />
        <PlotReader {...{ title, plot, times, span, lines, bands, open }} />
      </div>
      {bands.length > 0 && <BandKeys bands={bands} pointed={pointed} />}
    </figure>
  );
}

function Caption({
  title,
  times,
  lines,
  bands = NONE,
  pointed,
}: Pick<Props, "title" | "times" | "lines" | "bands" | "pointed">) {
  const place = pointed.value;
  const at = place === null ? undefined : times[place];
  return (
    <figcaption class="plot-head">
      <h2>{title}</h2>
      <ul class="plot-keys">
        {lines.map(({ name, values }) => (
          <li key={name} class="plot-key" data-line={name}>
            <svg viewBox="0 0 20 8" aria-hidden="true">
              <line x1="0" x2="20" y1="4" y2="4" stroke-dasharray={dashes(name, bands).join(" ")} />
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

/** Calls `then` when the colours may have changed. */
function onColours(then: () => void): () => void {
  const chosen = new MutationObserver(then);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", then);
  FORCED.addEventListener("change", then);
  return () => {
    chosen.disconnect();
    system.removeEventListener("change", then);
    FORCED.removeEventListener("change", then);
  };
}
