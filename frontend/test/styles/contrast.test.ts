import { describe, expect, test } from "vitest";
import tokens from "../../src/styles/tokens.css?raw";

/** Colours as [paper, night] by the name of their token. */
const colours = new Map(
  [...tokens.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(
    ([, name = "", paper = "", night = ""]) => [name, { paper, night }] as const,
  ),
);

/** Relative luminance as WCAG 2.2 defines it, 0 to 1. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const part = Number.parseInt(colour.slice(i, i + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT = [
  "ink",
  "soft",
  "accent",
  "waiting",
  "running",
  "retrying",
  "done",
  "failed",
  "revoked",
  "lost",
];

describe.each(["paper", "night"] as const)("on %s", (theme) => {
  const pick = (name: string) => colours.get(name)?.[theme] ?? "#000000";

  test.each(TEXT)("text in %s reads at 4.5 or better wherever text stands", (name) => {
    for (const ground of ["ground", "well", "hover"]) {
      expect(contrast(pick(name), pick(ground))).toBeGreaterThanOrEqual(4.5);
    }
  });

  test("text on the accent is legible", () => {
    expect(contrast(pick("on-accent"), pick("accent"))).toBeGreaterThanOrEqual(4.5);
  });

  test("a queue stands out from what is beside it in the plot of what waits", () => {
    const queues = [0, 1, 2, 3, 4].map((place) => pick(`queue-${place}`));
    for (const [place, colour] of queues.entries()) {
      expect(contrast(colour, pick("ground"))).toBeGreaterThanOrEqual(2.5);
      expect(contrast(colour, queues[place + 1] ?? pick("ground"))).toBeGreaterThanOrEqual(1.7);
    }
  });

  test("a bar stands out from its track", () => {
    expect(contrast(pick("running"), pick("track"))).toBeGreaterThanOrEqual(3);
  });
});
