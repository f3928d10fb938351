/**
 * `<task-progress task="ID" server="https://…" token="…">`: the bar of one task, on a page of another site.
 *
 * Attributes, each a property as well:
 *   task    the id of the task
 *   server  the address of Phloem; by default where this script came from
 *   token   sent to the server when connecting
 *   renew   the address of the page's own server that gives the next token before this one expires; as a property, a
 *           function that does
 *   size    "line", "row" (the default) or "card"
 *   label   the name that is shown; by default that of the task
 *   theme   "light" or "dark"; by default that of the page (its `color-scheme`)
 *
 * Events, whose `detail` is the task as in the contract:
 *   progress  its progress or message changed
 *   success   it succeeded; also when it had before the bar was there
 *   failure   it failed, was revoked, or its worker vanished
 *
 * Parts: box, glyph, name, track, fill, percent, pace, message, steps, step-track, step-fill, link.
 * Custom properties: --task-progress-color, -track, -height, -radius, -font.
 */

import type { Task } from "../contract/messages";
import { isEnded, isRunning } from "../contract/progress";
import { elementText as text } from "../text/element";
import { follow, type Seen } from "./feed";
import { look } from "./look";
import { build, draw, type Parts } from "./parts";
import { fetched, type Renew } from "./renewal";
import { style } from "./style";

const ATTRIBUTES = ["task", "server", "token", "renew", "size", "label", "theme"] as const;

/** The address this script came from. The browser tells it only during the first run. */
const origin =
  document.currentScript instanceof HTMLScriptElement && document.currentScript.src
    ? new URL("./", document.currentScript.src).href
    : "/";

let sheet: CSSStyleSheet | null = null;

/** One style sheet for all bars of the page. */
function sharedSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
  }
  return sheet;
}

export class TaskProgress extends HTMLElement {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  /** The task as last shown; null while it is unknown. */
  current: Task | null = null;

  readonly #parts: Parts;
  #stop: (() => void) | null = null;
  #restarting = false;
  /** What a page set in place of the attribute. */
  #renew: Renew | null = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sharedSheet()];
    this.#parts = build();
    root.append(this.#parts.box);
  }

  /** Gives the next token: an address, or a function. */
  get renew(): Renew | string | null {
    return this.#renew ?? this.getAttribute("renew");
  }

  set renew(given: Renew | string | null | undefined) {
    const before = this.renew === null;
    this.#renew = typeof given === "function" ? given : null;
    if (!this.#renew && given) this.setAttribute("renew", String(given));
    else this.removeAttribute("renew");
    if (before !== (this.renew === null)) this.#change();
  }

  connectedCallback(): void {
    // What a page set before this class was there hides the properties of the class.
    for (const name of ATTRIBUTES.filter((each) => Object.hasOwn(this, each))) {
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
    this.#restart();
  }

  disconnectedCallback(): void {
    this.#stop?.();
    this.#stop = null;
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return;
    if (name === "size" || name === "theme") return; // The style sheet follows these.
    if (name === "renew" && before !== null && after !== null) return; // Read when it is needed.
    this.#change();
  }

  #change(): void {
    // Several attributes often change together: one restart is enough.
    if (this.#restarting || !this.isConnected) return;
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
      this.#showProblem(task ? text.noServer : text.noTask);
      return;
    }
    this.#stop = follow(
      address,
      this.getAttribute("token"),
      task,
      this.renew === null ? null : () => this.#nextToken(),
      // With another token, what the bar shows stays until the task is told again.
      (seen) => this.#show(seen.answered ? seen : { ...seen, task: seen.task ?? this.current }),
    );
  }

  #nextToken(): unknown {
    const { renew } = this;
    return typeof renew === "string" ? fetched(renew) : renew?.();
  }

  #showProblem(message: string): void {
    draw(this.#parts, {
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
    draw(this.#parts, look(seen, this.getAttribute("label") ?? ""));
    const before = this.current;
    const { task } = seen;
    this.current = task;
    if (!task || task === before) return;
    const again = before?.run === task.run;
    if (isRunning(task.state)) this.#emit("progress", task);
    else if (isEnded(task.state) && !(again && before?.state === task.state)) {
      this.#emit(task.state === "SUCCESS" ? "success" : "failure", task);
    }
  }

  #emit(type: string, task: Task): void {
    // Outside the effect that called this: a listener may remove this element, which ends the effect.
    queueMicrotask(() =>
      this.dispatchEvent(new CustomEvent(type, { detail: task, bubbles: true, composed: true })),
    );
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

for (const name of ATTRIBUTES.filter((each) => each !== "renew")) {
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
