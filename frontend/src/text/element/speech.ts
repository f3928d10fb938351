/** The words and figures of an embedded bar in one language, with those of the page before ours. Pure. */

import { EASTERN } from "./eastern";
import { Figures } from "./figures";
import { english, WESTERN } from "./western";
import type { Key, OwnWords, Words } from "./words";

/** By the first part of a language tag. */
export const LANGUAGES: Readonly<Record<string, Words>> = { ...WESTERN, ...EASTERN };

const RIGHT_TO_LEFT = /^(ar|ckb|dv|fa|he|ps|sd|ug|ur|yi)\b/i;

/** What stands for a figure in the words. */
export type Values = { readonly [Name in "time" | "count" | "total"]?: string | number };

export class Speech {
  /** The language of the words: a tag that Intl takes. */
  readonly language: string;
  readonly direction: "ltr" | "rtl";
  readonly figures: Figures;
  readonly #words: Words;
  readonly #own: OwnWords;
  readonly #plural: Intl.PluralRules;

  /** `tag` is what a page says of its language; words that we have in none of its kind are English. */
  constructor(tag: string, own: OwnWords = {}) {
    const [first = ""] = tag.toLowerCase().split("-");
    const isOurs = Object.hasOwn(LANGUAGES, first);
    this.#words = (isOurs && LANGUAGES[first]) || english;
    this.#own = own;
    const has = isOurs || Object.keys(own).length > 0;
    this.language = has && isTag(tag) ? tag : isOurs ? first : "en";
    this.direction = RIGHT_TO_LEFT.test(this.language) ? "rtl" : "ltr";
    this.figures = new Figures(this.language);
    this.#plural = new Intl.PluralRules(this.language);
  }

  /** A text, with figures in the places that are marked for them. `count` decides on the plural form. */
  say(key: Key, values: Values = {}): string {
    const own = Object.hasOwn(this.#own, key) ? this.#own[key] : undefined;
    const found = own ?? this.#words[key];
    const { count } = values;
    const rule = this.#plural.select(typeof count === "number" ? count : 0);
    const text = typeof found === "string" ? found : (found[rule] ?? found.other);
    return text.replaceAll(/\{(time|count|total)\}/g, (mark, name: keyof Values) => {
      const value = values[name];
      return value === undefined ? mark : this.apart(value);
    });
  }

  /** Facts in one line. Empty ones are left out. */
  join(facts: readonly string[]): string {
    return facts.filter(Boolean).join(this.say("comma"));
  }

  /** A figure as text. Among letters that run from right to left it keeps a direction of its own. */
  apart(value: string | number): string {
    const text = typeof value === "number" ? this.figures.number(value) : value;
    return this.direction === "rtl" ? `\u2068${text}\u2069` : text;
  }
}

/** Own words as they come from a page: what is no text is left out. */
export function readWords(given: unknown): OwnWords {
  if (typeof given !== "object" || given === null) return {};
  const isPlural = (value: unknown) =>
    typeof value === "object" &&
    value !== null &&
    "other" in value &&
    Object.values(value).every((each) => typeof each === "string");
  return Object.fromEntries(
    Object.entries(given).filter(
      ([key, value]) =>
        Object.hasOwn(english, key) && (typeof value === "string" || isPlural(value)),
    ),
  );
}

function isTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}
