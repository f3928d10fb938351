/** The legend of the bands of a plot: from below, each with its value at the pointer, or that of the present. */

import type { Signal } from "@preact/signals";
import { activityText as words } from "../../text/activity/page";
import { number } from "../../text/format";
import { HATCHES, TILE } from "./hatches";
import type { PlotBand } from "./plot_options";

interface Props {
  readonly bands: readonly PlotBand[];
  readonly pointed: Signal<number | null>;
}

export function BandKeys({ bands, pointed }: Props) {
  const place = pointed.value;
  return (
    <ul class="band-keys" aria-label={words.byQueue}>
      {bands.map(({ place: band, label, title, href, values }) => (
        <li key={band} class="band-key" data-band={band}>
          <Swatch band={band} />
          <span class="band-name" title={title}>
            {href === null ? label : <a href={href}>{label}</a>}
          </span>{" "}
          <b>{number((place === null ? values.at(-1) : values[place]) ?? 0)}</b>
        </li>
      ))}
    </ul>
  );
}

function Swatch({ band }: { readonly band: number }) {
  const { path, width } = HATCHES[band] ?? {};
  return (
    <svg viewBox={`0 0 ${2 * TILE} ${TILE}`} aria-hidden="true">
      <rect width={2 * TILE} height={TILE} />
      <g class="band-hatch" stroke-width={width}>
        <path d={path} />
        <path d={path} transform={`translate(${TILE})`} />
      </g>
    </svg>
  );
}
