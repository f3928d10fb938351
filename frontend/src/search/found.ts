/** What a search looks for, found in the texts of a task. Pure. */

import { terms } from "./terms";

/** The words that are looked for in each text of a row. */
export type Sought = Readonly<Record<"name" | "label" | "told" | "args", readonly string[]>>;

/** What a search wants to be in the texts of a row; null where that is nothing. */
export function soughtBy(search: string): Sought | null {
  const wanted = terms(search).filter(({ not, value }) => !not && value);
  const of = (...keys: readonly (string | null)[]) =>
    wanted
      .filter(({ key }) => keys.includes(key))
      .flatMap(({ key, value }) => (key === null ? [value] : value.split("*")))
      .filter(Boolean);
  const sought = {
    name: of(null, "name"),
    label: of(null, "label"),
    told: of(null, "error"),
    args: of(null, "args"),
  };
  return Object.values(sought).some((words) => words.length) ? sought : null;
}

/** A part of a text. */
export interface Piece {
  readonly text: string;
  readonly found: boolean;
}

/** A text cut into what is found of the words, whatever their case, and what stands between. */
export function marked(text: string, words: readonly string[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const [begin, end] of places(text, words)) {
    if (begin > from) pieces.push({ text: text.slice(from, begin), found: false });
    pieces.push({ text: text.slice(begin, end), found: true });
    from = end;
  }
  if (from < text.length || !pieces.length) pieces.push({ text: text.slice(from), found: false });
  return pieces;
}

/** Where the first of the words begins and ends; null where none is found. */
export function firstFound(text: string, words: readonly string[]): Place | null {
  return places(text, words)[0] ?? null;
}

/** The text with the first of the words within so many characters: of a longer one, what is before it is left out. */
export function inSight(text: string, words: readonly string[], characters: number): string {
  const [begin, end] = firstFound(text, words) ?? [0, 0];
  if (end <= characters) return text;
  const from = Math.max(0, Math.min(begin - Math.floor(characters / 4), text.length - characters));
  const word = text.indexOf(" ", from);
  return `…${text.slice(word >= 0 && word < begin ? word : from)}`;
}

type Place = readonly [begin: number, end: number];

/** In order; those that overlap are one. */
function places(text: string, words: readonly string[]): readonly Place[] {
  const lower = text.toLowerCase();
  // A few letters change their length with their case; then indexes into the two texts differ.
  if (lower.length !== text.length) return [];
  const found: Place[] = [];
  for (const word of words) {
    const sought = word.toLowerCase();
    if (!sought) continue;
    for (let at = lower.indexOf(sought); at >= 0; at = lower.indexOf(sought, at + sought.length))
      found.push([at, at + sought.length]);
  }
  found.sort(([a], [b]) => a - b);
  const whole: Place[] = [];
  for (const [begin, end] of found) {
    const last = whole.at(-1);
    if (last && begin < last[1]) whole[whole.length - 1] = [last[0], Math.max(last[1], end)];
    else whole.push([begin, end]);
  }
  return whole;
}
