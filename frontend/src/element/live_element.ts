/**
 * What `<task-progress>` and `<task-list>` have in common: attributes that are properties as well, a connection that is
 * opened anew when one of them changes, the language of the page, and its own words.
 */

import type { Request } from "../contract/messages";
import { readWords, Speech } from "../text/element/speech";
import type { OwnWords } from "../text/element/words";
import { follow, type Seen } from "./connection/feed";
import { fetched, type Renew } from "./connection/renewal";
import { followLanguage, languageOf } from "./language";
import { style } from "./style";

/** Those that every one of the elements has. */
export const SHARED = [
  "server",
  "token",
  "renew",
  "size",
  "label",
  "theme",
  "words",
  "lang",
] as const;

/** What is drawn alike whatever the task is. */
const APPEARANCE: readonly string[] = ["label", "words", "lang"];
/** What the style sheet follows. */
const STYLE: readonly string[] = ["size", "theme"];
/** Properties that take more than text. */
const OWN_PROPERTIES: readonly string[] = ["renew", "words", "lang"];

/** The address this script came from. The browser tells it only during the first run. */
const origin =
  document.currentScript instanceof HTMLScriptElement && document.currentScript.src
    ? new URL("./", document.currentScript.src).href
    : "/";

let sheet: CSSStyleSheet | null = null;

/** One style sheet for all elements of the page. */
function sharedSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
  }
  return sheet;
}

export abstract class LiveElement extends HTMLElement {
  #stops: (() => void)[] = [];
  #restarting = false;
  /** What a page set in place of the attribute. */
  #renew: Renew | null = null;
  #words: OwnWords | null = null;
  #speech: Speech | null = null;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sharedSheet()];
  }

  /** Follows what its attributes name, by `watch`. Null, or the sentence for authors that says what is missing. */
  protected abstract start(): string | null;
  /** Draws what was told last once more: its words may be others. */
  protected abstract redraw(): void;
  /** Draws that nothing can be shown. */
  protected abstract drawProblem(sentence: string): void;

  protected get speech(): Speech {
    this.#speech ??= new Speech(languageOf(this), this.#ownWords());
    return this.#speech;
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

  /** Words of the page: an object, or JSON of one. */
  get words(): OwnWords | string | null {
    return this.#words ?? this.getAttribute("words");
  }

  set words(given: OwnWords | string | null | undefined) {
    this.#words = typeof given === "object" ? given : null;
    if (typeof given === "string") this.setAttribute("words", given);
    else this.removeAttribute("words");
    this.#reword();
  }

  connectedCallback(): void {
    // What a page set before this class was there hides the properties of the class.
    for (const name of Object.keys(this)) {
      if (!(name in Object.getPrototypeOf(this))) continue;
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
    this.#restart();
  }

  disconnectedCallback(): void {
    this.#stop();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || STYLE.includes(name)) return;
    if (APPEARANCE.includes(name)) this.#reword();
    else if (name !== "renew" || before === null || after === null) this.#change();
  }

  /** Calls `show` with the tasks of a request whenever they change. */
  protected watch(request: Request, show: (seen: Seen) => void): void {
    const renew = this.renew === null ? null : () => this.#nextToken();
    this.#stops.push(follow(this.#server(), this.getAttribute("token"), request, renew, show));
  }

  protected emit(type: string, detail: unknown): void {
    // Outside the effect that called this: a listener may remove this element, which ends the effect.
    queueMicrotask(() =>
      this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true })),
    );
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
    this.#stop();
    this.#speech = null;
    this.#stops = [followLanguage(() => this.#reword())];
    const problem = this.#server() ? this.start() : "The server's address makes no sense";
    if (problem !== null) this.drawProblem(problem);
  }

  #stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  #reword(): void {
    this.#speech = null;
    if (this.isConnected) this.redraw();
  }

  #ownWords(): OwnWords {
    const { words } = this;
    try {
      return readWords(typeof words === "string" ? JSON.parse(words) : words);
    } catch (error) {
      console.warn(`<${this.localName}> has words that are no JSON:`, error);
      return {};
    }
  }

  #nextToken(): unknown {
    const { renew } = this;
    return typeof renew === "string" ? fetched(renew) : renew?.();
  }

  /** Empty where the attribute is no address. */
  #server(): string {
    try {
      const { href, protocol } = new URL(this.getAttribute("server") || origin, document.baseURI);
      return protocol === "http:" || protocol === "https:" ? href : "";
    } catch {
      return "";
    }
  }
}

/** Makes attributes properties of a class as well. */
export function reflect(element: typeof LiveElement, names: readonly string[]): void {
  for (const name of names.filter((each) => !OWN_PROPERTIES.includes(each))) {
    Object.defineProperty(element.prototype, name, {
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
}
