/** The elements of a bar: builds them, and draws into them what the bar shows. */

import { isRunning } from "../contract/progress";
import { elementText as text } from "../text/element";
import { drawGlyph } from "./glyph";
import type { Look, StepLook } from "./look";

/** The elements of one bar. `box` contains the others. */
export type Parts = ReturnType<typeof build>;

export function build() {
  const box = part("div", "box");
  const glyph = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({
    class: "glyph",
    part: "glyph",
    viewBox: "0 0 16 16",
    "aria-hidden": "true",
  })) {
    glyph.setAttribute(name, value);
  }
  const name = part("span", "name");
  const { track, fill } = buildBar();
  const percent = part("span", "percent");
  const pace = part("span", "pace");
  const message = part("span", "message");
  const steps = part("ul", "steps");
  const link = part("span", "link");
  link.setAttribute("role", "status");
  box.append(glyph, name, track, percent, pace, message, steps, link);
  return { box, glyph, name, track, fill, percent, pace, message, steps, link };
}

export function draw(parts: Parts, shown: Look): void {
  const { box, glyph, name, track, fill, percent, pace, message, steps, link } = parts;
  if (box.dataset.state !== (shown.state ?? "")) drawGlyph(glyph, shown.state);
  box.dataset.state = shown.state ?? "";
  box.toggleAttribute("data-old", shown.old);
  write(name, shown.name);
  write(percent, shown.percentText);
  write(pace, shown.pace);
  write(message, shown.message);
  write(link, shown.link);
  drawBar(track, fill, shown.percent, shown.state !== null && isRunning(shown.state));
  track.setAttribute("aria-label", shown.name);
  track.setAttribute(
    "aria-valuetext",
    [shown.percentText, shown.pace, shown.link].filter(Boolean).join(", ") || shown.message,
  );
  drawSteps(steps, shown.steps);
}

function part<Kind extends HTMLElement>(kind: string, name: string, prefix = ""): Kind {
  const made = document.createElement(kind);
  made.className = name;
  made.setAttribute("part", prefix + name);
  return made as Kind;
}

function buildBar(prefix = "") {
  const track = part("div", "track", prefix);
  const fill = part("div", "fill", prefix);
  for (const [name, value] of [
    ["role", "progressbar"],
    ["aria-valuemin", "0"],
    ["aria-valuemax", "100"],
  ] as const) {
    track.setAttribute(name, value);
  }
  track.append(fill);
  return { track, fill };
}

/** `moves`: without a percentage the bar is animated. */
function drawBar(track: HTMLElement, fill: HTMLElement, percent: number | null, moves: boolean) {
  track.toggleAttribute("data-unknown", percent === null && moves);
  fill.style.transform = percent === null && moves ? "" : `scaleX(${(percent ?? 0) / 100})`;
  if (percent === null) track.removeAttribute("aria-valuenow");
  else track.setAttribute("aria-valuenow", String(Math.floor(percent)));
}

function drawSteps(list: HTMLElement, steps: readonly StepLook[]): void {
  list.hidden = steps.length === 0;
  while (list.children.length > steps.length) list.lastElementChild?.remove();
  while (list.children.length < steps.length) {
    const item = document.createElement("li");
    const { track } = buildBar("step-");
    const amount = document.createElement("span");
    amount.className = "amount";
    item.append(document.createElement("span"), track, amount);
    list.append(item);
  }
  steps.forEach((step, place) => {
    const [name, track, amount] = (list.children[place] as HTMLElement).children;
    if (!(name instanceof HTMLElement && track instanceof HTMLElement && amount)) return;
    write(name, step.name);
    name.style.paddingInlineStart = `${step.depth}em`;
    track.setAttribute("aria-label", step.name || text.label);
    drawBar(track, track.firstElementChild as HTMLElement, step.percent, true);
    write(amount, step.amount);
  });
}

/** Writes a text only when it changed, so that a selection in it stays and screen readers do not repeat it. */
function write(place: Element, words: string): void {
  if (place.textContent !== words) place.textContent = words;
  if (place instanceof HTMLElement) place.hidden = words === "";
}
