/** The elements of a bar: builds them, and draws into them what the bar shows. */

import { isRunning } from "../contract/progress";
import type { Speech } from "../text/element/speech";
import { drawGlyph } from "./glyph";
import type { Look, Slot, StepLook } from "./look";

/** The elements of one bar. `box` contains the others. */
export type Parts = ReturnType<typeof build>;

/** Longer texts of programs are cut: a bar is no place to read them. */
const TEXT_LIMIT = 2_000;

/** `slotted`: texts of the page take the place of those of the task. */
export function build(slotted: boolean) {
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
  name.dir = "auto";
  const { track, fill } = buildBar();
  const percent = part("span", "percent");
  const pace = part("span", "pace");
  const message = part("div", "message");
  const steps = part("ul", "steps");
  const link = part("div", "link");
  link.setAttribute("role", "status");
  for (const place of [percent, pace]) place.append(document.createElement("bdi"));
  for (const place of [message, link]) fillable(place, slotted);
  box.append(glyph, name, track, percent, pace, message, steps, link);
  return { box, glyph, name, track, fill, percent, pace, message, steps, link };
}

export function draw(parts: Parts, shown: Look, speech: Speech): void {
  const { box, glyph, name, track, fill, percent, pace, message, steps, link } = parts;
  if (box.dataset.state !== (shown.state ?? "")) drawGlyph(glyph, shown.state);
  box.dataset.state = shown.state ?? "";
  box.toggleAttribute("data-old", shown.old);
  write(name, shown.name);
  say(percent, shown.percentText, speech);
  say(pace, shown.pace, speech);
  writeSlot(message, shown.message, shown.slot);
  writeSlot(link, shown.link, shown.linkSlot);
  drawBar(track, fill, shown.percent, shown.state !== null && isRunning(shown.state));
  track.setAttribute("aria-label", cut(shown.name));
  track.setAttribute(
    "aria-valuetext",
    speech.join([shown.percentText, shown.pace, shown.link]) || cut(shown.message),
  );
  drawSteps(steps, shown.steps, speech);
}

export function part<Kind extends HTMLElement>(kind: string, name: string, prefix = ""): Kind {
  const made = document.createElement(kind);
  made.className = name;
  made.setAttribute("part", prefix + name);
  return made as Kind;
}

/** Makes a place for a text that the page may replace: by what it puts into the slot that is named when it is drawn. */
export function fillable(place: HTMLElement, slotted: boolean): void {
  const text = document.createElement("div");
  text.className = "text";
  text.dir = "auto";
  if (!slotted) {
    place.append(text);
    return;
  }
  const slot = document.createElement("slot");
  slot.name = "none";
  slot.append(text);
  slot.addEventListener("slotchange", () => show(place));
  place.append(slot);
}

export function writeSlot(place: HTMLElement, words: string, name: Slot | "empty"): void {
  const slot = place.querySelector("slot");
  if (slot && slot.name !== name) slot.name = name;
  const text = place.querySelector<HTMLElement>(".text");
  if (text) write(text, words);
  // Nothing of the page takes the place of a text that is not there, except of a message.
  place.toggleAttribute("data-silent", words === "" && place.className !== "message");
  show(place);
}

function show(place: HTMLElement): void {
  const slot = place.querySelector("slot");
  const filled = slot !== null && slot.assignedNodes().length > 0;
  place.hidden =
    place.hasAttribute("data-silent") || !(filled || place.querySelector(".text")?.textContent);
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

function drawSteps(list: HTMLElement, steps: readonly StepLook[], speech: Speech): void {
  list.hidden = steps.length === 0;
  while (list.children.length > steps.length) list.lastElementChild?.remove();
  while (list.children.length < steps.length) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.dir = "auto";
    const { track } = buildBar("step-");
    const amount = document.createElement("span");
    amount.className = "amount";
    amount.append(document.createElement("bdi"));
    item.append(name, track, amount);
    list.append(item);
  }
  steps.forEach((step, place) => {
    const [name, track, amount] = (list.children[place] as HTMLElement).children;
    if (!(name instanceof HTMLElement && track instanceof HTMLElement)) return;
    write(name, step.name);
    name.style.paddingInlineStart = `${step.depth}em`;
    track.setAttribute("aria-label", cut(step.name) || speech.say("label"));
    drawBar(track, track.firstElementChild as HTMLElement, step.percent, true);
    say(amount as HTMLElement, step.amount, speech);
  });
}

/** Writes words of ours: in their language, and in its direction, whatever the page around them has. */
function say(place: HTMLElement, words: string, { direction, language }: Speech): void {
  const inner = place.firstElementChild as HTMLElement;
  if (inner.dir !== direction) inner.dir = direction;
  if (inner.lang !== language) inner.lang = language;
  write(inner, words);
  place.hidden = words === "";
}

/** Writes a text only when it changed, so that a selection in it stays and screen readers do not repeat it. */
function write(place: HTMLElement, words: string): void {
  const text = cut(words);
  if (place.textContent !== text) place.textContent = text;
  place.hidden = text === "";
}

/** The beginning of a long text, without half of a character at its end. */
function cut(text: string): string {
  if (text.length <= TEXT_LIMIT) return text;
  return `${text.slice(0, TEXT_LIMIT).replace(/[\ud800-\udbff]$/, "")}…`;
}
