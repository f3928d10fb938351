/**
 * `<task-progress task="ID" server="https://…" token="…">`: the bar of one task, on anybody's page.
 *
 * Attributes, each a property as well:
 *   task    the task's id
 *   server  where Phloem is; where this script came from unless said otherwise
 *   token   passed on when connecting
 *   size    "line", "row" (unless said otherwise) or "card"
 *   label   what the page calls the task; its own name unless said otherwise
 *   theme   "light" or "dark"; else as the page (its `color-scheme`)
 *
 * Events, whose `detail` is the task as in the contract:
 *   progress  it moved, or says something else
 *   success   it succeeded; also if that was before anybody looked
 *   failure   it failed, was revoked, or its worker vanished
 *
 * Parts: box, glyph, name, track, fill, percent, pace, message, steps, step-track, step-fill, link.
 * Variables: --task-progress-color, -track, -height, -radius, -font.
 */

import type { Task } from "../contract/messages";
import { isEnded, isRunning } from "../contract/progress";
import { elementText as text } from "../text/element";
import { follow, type Seen } from "./feed";
import { drawGlyph } from "./glyph";
import { type Look, look, type StepLook } from "./look";
import { style } from "./style";

const ATTRIBUTES = ["task", "server", "token", "size", "label", "theme"] as const;

/** Where this script came from. Known only while it runs for the first time. */
const origin =
  document.currentScript instanceof HTMLScriptElement && document.currentScript.src
    ? new URL("./", document.currentScript.src).href
    : "/";

let sheet: CSSStyleSheet | null = null;

function sharedSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
  }
  return sheet;
}

export class TaskProgress extends HTMLElement {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  /** The task as last shown; null while nothing is known of it. */
  current: Task | null = null;

  readonly #parts: ReturnType<typeof build>;
  #stop: (() => void) | null = null;
  #restarting = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sharedSheet()];
    this.#parts = build();
    root.append(this.#parts.box);
  }

  connectedCallback(): void {
    this.#restart();
  }

  disconnectedCallback(): void {
    this.#stop?.();
    this.#stop = null;
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || !this.isConnected) return;
    if (name === "size" || name === "theme") return; // these are the style sheet's
    // Several attributes often change at once: one connection is enough.
    if (this.#restarting) return;
    this.#restarting = true;
    queueMicrotask(() => {
      this.#restarting = false;
      if (this.isConnected) this.#restart();
    });
  }

  #restart(): void {
    this.#stop?.();
    this.#stop = null;
    const task = this.getAttribute("task");
    const server = this.getAttribute("server") || origin;
    if (this.current && this.current.id !== task) this.current = null;
    const address = addressOf(server);
    if (!task || !address) {
      this.#complain(task ? text.noServer : text.noTask);
      return;
    }
    this.#stop = follow(address, this.getAttribute("token"), task, (seen) => this.#show(seen));
  }

  #complain(message: string): void {
    this.#draw({
      state: null,
      name: this.getAttribute("label") ?? text.label,
      percent: null,
      percentText: "",
      pace: "",
      message,
      steps: [],
      link: "",
      old: false,
    });
  }

  #show(seen: Seen): void {
    this.#draw(look(seen, this.getAttribute("label") ?? ""));
    const before = this.current;
    const { task } = seen;
    this.current = task;
    if (!task || task === before) return;
    const again = before?.run === task.run;
    if (isRunning(task.state)) this.#tell("progress", task);
    else if (isEnded(task.state) && !(again && before?.state === task.state)) {
      this.#tell(task.state === "SUCCESS" ? "success" : "failure", task);
    }
  }

  #tell(type: string, task: Task): void {
    // Not while signals settle: a listener may remove this very element.
    queueMicrotask(() =>
      this.dispatchEvent(new CustomEvent(type, { detail: task, bubbles: true, composed: true })),
    );
  }

  #draw(shown: Look): void {
    const { box, glyph, name, track, fill, percent, pace, message, steps, link } = this.#parts;
    if (box.dataset.state !== (shown.state ?? "")) drawGlyph(glyph, shown.state);
    box.dataset.state = shown.state ?? "";
    box.toggleAttribute("data-old", shown.old);
    say(name, shown.name);
    say(percent, shown.percentText);
    say(pace, shown.pace);
    say(message, shown.message);
    say(link, shown.link);
    drawBar(track, fill, shown.percent, shown.state === "STARTED" || shown.state === "PROGRESS");
    track.setAttribute("aria-label", shown.name);
    track.setAttribute(
      "aria-valuetext",
      [shown.percentText, shown.pace, shown.link].filter(Boolean).join(", ") || shown.message,
    );
    drawSteps(steps, shown.steps);
  }
}

function addressOf(server: string): string | null {
  try {
    const { href, protocol } = new URL(server, document.baseURI);
    return protocol === "http:" || protocol === "https:" ? href : null;
  } catch {
    return null;
  }
}

for (const name of ATTRIBUTES) {
  Object.defineProperty(TaskProgress.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: HTMLElement) {
      return this.getAttribute(name);
    },
    set(this: HTMLElement, value: unknown) {
      if (value === null || value === undefined) this.removeAttribute(name);
      else this.setAttribute(name, String(value));
    },
  });
}

function part<Kind extends HTMLElement>(kind: string, name: string, prefix = ""): Kind {
  const made = document.createElement(kind);
  made.className = name;
  made.setAttribute("part", prefix + name);
  return made as Kind;
}

function build() {
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
  const { track, fill } = bar();
  const percent = part("span", "percent");
  const pace = part("span", "pace");
  const message = part("span", "message");
  const steps = part("ul", "steps");
  const link = part("span", "link");
  link.setAttribute("role", "status");
  box.append(glyph, name, track, percent, pace, message, steps, link);
  return { box, glyph, name, track, fill, percent, pace, message, steps, link };
}

function bar(prefix = "") {
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
    const { track } = bar("step-");
    const amount = document.createElement("span");
    amount.className = "amount";
    item.append(document.createElement("span"), track, amount);
    list.append(item);
  }
  steps.forEach((step, place) => {
    const [name, track, amount] = (list.children[place] as HTMLElement).children;
    if (!(name instanceof HTMLElement && track instanceof HTMLElement && amount)) return;
    say(name, step.name);
    name.style.paddingInlineStart = `${step.depth}em`;
    track.setAttribute("aria-label", step.name || text.label);
    drawBar(track, track.firstElementChild as HTMLElement, step.percent, true);
    say(amount, step.amount);
  });
}

/** Writes only what changed: a text that is selected or spoken is left alone. */
function say(place: Element, words: string): void {
  if (place.textContent !== words) place.textContent = words;
  if (place instanceof HTMLElement) place.hidden = words === "";
}
