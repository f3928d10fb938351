/**
 * The terms of a search: `state:failed name:images.* -queue:slow since:2h "timed out"`. Pure.
 *
 * A term is `key:value`, with `-` before it for "not"; everything else is words. The text stays as it was typed, and is
 * part of the address; here it is only read.
 */

export const KEYS = [
  "state",
  "name",
  "label",
  "queue",
  "worker",
  "owner",
  "release",
  "error",
  "since",
  "until",
  "ran",
  "waited",
  "tries",
  "age",
  "args",
  "parent",
  "root",
  "group",
  "group_id",
  "retry_of",
] as const;

export type Key = (typeof KEYS)[number];

export interface Term {
  /** Null for words. */
  readonly key: Key | null;
  /** Of `args.NAME:VALUE` the name; null for any other. */
  readonly argument: string | null;
  readonly value: string;
  readonly quoted: boolean;
  readonly not: boolean;
  /** Of words with a colon: what is before it, if it looks like a key. */
  readonly unknown: string | null;
  /** Its position in the text. */
  readonly from: number;
  readonly to: number;
}

const TERM = /(-?)(?:(?:args\.([^\s:"]+)|([a-z_]+)):)?(?:"([^"]*)"?|(\S*))/y;

export function terms(text: string): Term[] {
  const found: Term[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] as string)) {
      at += 1;
      continue;
    }
    TERM.lastIndex = at;
    const [whole = "", minus = "", argument = null, word, quoted, bare = ""] =
      TERM.exec(text) ?? [];
    const name = argument === null ? word : "args";
    // `args` alone is no key: it needs the name of an argument.
    const known = KEYS.find((key) => key === name && (key !== "args" || argument)) ?? null;
    // "Error:" and "http://" are words that happen to have a colon.
    const value = known || name === undefined ? (quoted ?? bare) : whole.slice(minus.length);
    // A dash alone is a word; before a pair of quotes it says "not", even if nothing is in them.
    const isNot = minus !== "" && (known !== null || value !== "" || quoted !== undefined);
    found.push({
      key: known,
      argument,
      value: isNot || !minus ? value : whole,
      quoted: quoted !== undefined && (known !== null || name === undefined),
      not: isNot,
      unknown: known || !name || !/^[^/]/.test(quoted ?? bare) ? null : name,
      from: at,
      to: at + whole.length,
    });
    at += Math.max(1, whole.length);
  }
  return found;
}

/** The term that stands for this value; in quotes where it would not be read as one word. An asterisk stands for quotes. */
export function termOf(key: string, value: string): string {
  return /^[^\s"]+$/.test(value) ? `${key}:${value}` : `${key}:"${value.replaceAll('"', "*")}"`;
}

/** The first key that does not exist, so that its term is searched for as text; null when there is none. */
export function unknownField(text: string): string | null {
  return terms(text).find(({ unknown }) => unknown)?.unknown ?? null;
}
