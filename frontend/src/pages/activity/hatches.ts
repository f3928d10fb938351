/** With the colours of the system, bands are told apart by how they are hatched. */

/** Whether the system decides the colours. */
export const FORCED = matchMedia("(forced-colors: active)");

/** The side of a tile, in pixels. */
export const TILE = 8;

/** What is drawn in each tile, by the place of the band: a path and the width of its line. The others have none. */
export const HATCHES: readonly { readonly path: string; readonly width: number }[] = [
  { path: "M0 4H8", width: 8 },
  { path: "M-2 2L2 -2M-2 10L10 -2M6 10L10 6", width: 1.5 },
  { path: "M0 2H8M0 6H8", width: 1.5 },
  { path: "M1 2H3M5 6H7", width: 2 },
  { path: "M2 0V8M6 0V8", width: 1.5 },
];

/** The hatching of a band for a canvas, which covers what is below it; null where there is no canvas. */
export function hatch(place: number, colour: string, ground: string): CanvasPattern | null {
  const tile = document.createElement("canvas");
  tile.width = tile.height = TILE * devicePixelRatio;
  const ink = tile.getContext("2d");
  if (!ink) return null;
  const { path = "", width = 0 } = HATCHES[place] ?? {};
  ink.scale(devicePixelRatio, devicePixelRatio);
  ink.fillStyle = ground;
  ink.fillRect(0, 0, TILE, TILE);
  ink.strokeStyle = colour;
  ink.lineWidth = width;
  ink.stroke(new Path2D(path));
  return ink.createPattern(tile, "repeat");
}
