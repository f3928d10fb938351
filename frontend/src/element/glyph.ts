/** The shape of a state, as on the dashboard: parts that are filled, lines, and lines cut out of what is filled. */

import type { State } from "../contract/messages";

interface Shape {
  readonly fill?: string;
  readonly line?: string;
  readonly cut?: string;
  /** A line in the background. */
  readonly ground?: string;
}

const ring = (r: number) => `M8 ${8 - r}a${r} ${r} 0 1 1 0 ${2 * r}a${r} ${r} 0 1 1 0 ${-2 * r}`;
const arc = "M8 2.25a5.75 5.75 0 0 1 5.75 5.75";

const SHAPES: Readonly<Record<State, Shape>> = {
  PENDING: { line: ring(5.75) },
  RECEIVED: { line: ring(5.75), fill: ring(2) },
  STARTED: { line: arc, ground: ring(5.75) },
  PROGRESS: { line: arc, ground: ring(5.75) },
  RETRY: { line: "M13.4 9.4A5.6 5.6 0 1 1 12 4.1M12.7 1.6V4.6H9.7" },
  SUCCESS: { fill: ring(7), cut: "M4.9 8.3L7.2 10.6L11.2 5.8" },
  FAILURE: { fill: "M1.5 1.5h13v13h-13z", cut: "M5.2 5.2L10.8 10.8M10.8 5.2L5.2 10.8" },
  REVOKED: { line: `${ring(5.75)}M4 12L12 4` },
  LOST: {
    line: "M10.7 2.9A5.75 5.75 0 0 1 13.7 8.5M11.5 12.6A5.75 5.75 0 0 1 5 12.9M2.3 9A5.75 5.75 0 0 1 4.4 3.5",
  },
};

const SVG = "http://www.w3.org/2000/svg";

/** Draws a state into an <svg>; nothing while the state is unknown. */
export function drawGlyph(svg: SVGElement, state: State | null): void {
  const { fill, line, cut, ground } = state ? SHAPES[state] : {};
  svg.replaceChildren(
    ...[
      ground ? path(ground, "none", "currentColor", "0.3") : null,
      fill ? path(fill, "currentColor", "none") : null,
      line ? path(line, "none", "currentColor") : null,
      // The background of the page is unknown: white is legible on all filled shapes.
      cut ? path(cut, "none", "#fff") : null,
    ].filter((each) => each !== null),
  );
}

function path(d: string, fill: string, stroke: string, opacity = "1"): SVGElement {
  const drawn = document.createElementNS(SVG, "path");
  for (const [name, value] of Object.entries({ d, fill, stroke, opacity, "stroke-width": "1.5" })) {
    drawn.setAttribute(name, value);
  }
  return drawn;
}
