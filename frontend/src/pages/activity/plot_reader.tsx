/** Reads a plot by keyboard: arrow keys lead along it, with Shift they mark a stretch, and Enter opens its tasks. */

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type UPlot from "uplot";
import { activityText as words } from "../../text/activity/page";
import type { Line, PlotBand } from "./plot_options";
import { moved, placeOf, type Reading, readable, stretch } from "./reading";

interface Props {
  readonly title: string;
  readonly plot: RefObject<UPlot | null>;
  readonly times: readonly number[];
  readonly span: readonly [from: number, to: number];
  readonly lines: readonly Line[];
  readonly bands: readonly PlotBand[];
  readonly open: (from: number, to: number) => void;
}

export function PlotReader({ title, plot, times, span, lines, bands, open }: Props) {
  const [reading, setReading] = useState<Reading | null>(null);
  const shown = readable(times, span);
  const last = shown.at(-1) ?? span[1];
  const { at, from } = reading ?? { at: last, from: null };
  const isMarked = useRef(false);
  // The plot moves on below the same time. Where nothing is read by keys, the pointer may read.
  useEffect(() => {
    if (plot.current && (reading || isMarked.current)) mark(plot.current, reading);
    isMarked.current = reading !== null;
  }, [plot, reading, times]);
  const place = placeOf(times, at);
  const marked = stretch({ at, from });
  const values = lines.map(({ name, values }) => ({ name, value: values[place] ?? 0 }));
  const parts = bands.map(({ label, values }) => ({ label, value: values[place] ?? 0 }));
  return (
    <div
      class="plot-reader"
      role="slider"
      tabIndex={0}
      aria-label={words.read(title)}
      aria-description={words.keys}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={Math.max(0, shown.length - 1)}
      aria-valuenow={Math.max(0, placeOf(shown, at))}
      aria-valuetext={words.reading(at, values, parts, marked)}
      // A window that loses the focus, and gets it back, keeps what is read.
      onFocus={() => setReading((before) => before ?? { at: last, from: null })}
      onBlur={({ currentTarget }) => {
        if (document.activeElement !== currentTarget) setReading(null);
      }}
      onKeyDown={(event) => {
        const next = moved(shown, { at, from }, event.key, event.shiftKey);
        if (next) setReading(next);
        else if (event.key === "Enter" && marked) open(...marked);
        else if (event.key === "Escape" && marked) setReading({ at, from: null });
        else return;
        event.preventDefault();
      }}
    >
      <span class="plot-keys-hint" aria-hidden="true">
        {words.keys}
      </span>
    </div>
  );
}

/** Shows in the plot what is read, as a pointer does. */
function mark(plot: UPlot, reading: Reading | null): void {
  const left = (at: number) => plot.valToPos(at, "x");
  const marked = reading && stretch(reading);
  const [from, to] = marked ? marked.map(left) : [0, 0];
  plot.setSelect(
    {
      left: from as number,
      width: (to as number) - (from as number),
      top: 0,
      height: plot.over.clientHeight,
    },
    false,
  );
  plot.setCursor({ left: reading ? left(reading.at) : -10, top: reading ? 0 : -10 });
}
