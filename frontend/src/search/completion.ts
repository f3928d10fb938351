/** Completes the term that is being typed. Pure. */

import { GROUPS } from "../contract/groups";
import { KEYS, type Key, type Term, termOf, terms } from "./terms";

/** Values that can be proposed, by key; and those of arguments, by their names. */
export type Known = Readonly<Partial<Record<Key, readonly string[]>>> & {
  readonly arguments?: Readonly<Record<string, readonly string[]>>;
};

export interface Option {
  /** What takes the place of what is typed. */
  readonly text: string;
  /** The key that it begins, if it is not a whole term. */
  readonly key: Key | null;
}

export interface Completion {
  /** The part of the text that an option replaces. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly Option[];
}

const OPTIONS_LIMIT = 8;

/** Keys that are proposed: all but the one that is kept for groups of errors. */
const PROPOSED = KEYS.filter((key) => key !== "group");

/** Proposed whatever the tasks are. */
const COMMON: Known = {
  state: GROUPS.map((group) => group.key),
  since: ["15m", "1h", "midnight", "yesterday", "1w"],
  until: ["15m", "1h", "midnight", "yesterday"],
  ran: [">1s", ">10s", ">1m", ">10m", "<1s"],
  waited: [">1s", ">10s", ">1m", ">10m"],
  tries: [">1", ">2", ">5"],
  age: ["<5m", "<1h", "<1d", ">1h", ">1d"],
};

/**
 * What the term at the caret could become. `caret` is an index into the text. With `all`, every key is proposed where no
 * term is begun.
 */
export function complete(text: string, caret: number, known: Known, all = false): Completion {
  const term = terms(text).find(({ from, to }) => from < caret && caret <= to);
  if (!term) {
    const options = all ? keys("", false, known) : [];
    return { from: caret, to: caret, options };
  }
  const { from, to, key, value, not, quoted } = term;
  if (quoted && key === null) return { from: caret, to: caret, options: [] };
  const typed = text.slice(from, to);
  const options = key === null ? keys(value, not, known) : values(term, key, known);
  return {
    from,
    to,
    options: options.filter((option) => option.text !== typed || option.key).slice(0, limit(key)),
  };
}

function limit(key: Key | null): number {
  return key === null ? Number.POSITIVE_INFINITY : OPTIONS_LIMIT;
}

/** Keys that begin as what is typed; once that is `args.`, those of arguments. */
function keys(typed: string, not: boolean, { arguments: named = {} }: Known): Option[] {
  const begun = typed.toLowerCase();
  const minus = not ? "-" : "";
  if (begun.startsWith("args.")) {
    const name = typed.slice("args.".length).toLowerCase();
    return Object.keys(named)
      .filter((candidate) => candidate.toLowerCase().includes(name))
      .sort()
      .slice(0, OPTIONS_LIMIT)
      .map((candidate) => ({ text: `${minus}args.${candidate}:`, key: "args" }));
  }
  return PROPOSED.filter((candidate) => candidate.startsWith(begun)).map((key) => ({
    text: minus + (key === "args" ? "args." : `${key}:`),
    key,
  }));
}

function values({ argument, value, not }: Term, key: Key, known: Known): Option[] {
  const sought = value.toLowerCase();
  const all = argument === null ? (COMMON[key] ?? known[key]) : known.arguments?.[argument];
  const name = argument === null ? key : `args.${argument}`;
  return (all ?? [])
    .filter((candidate) => candidate.toLowerCase().includes(sought))
    .sort((a, b) => rank(a, sought) - rank(b, sought))
    .map((candidate) => ({ text: (not ? "-" : "") + termOf(name, candidate), key: null }));
}

/** Values that begin with what is sought come first. */
function rank(candidate: string, sought: string): number {
  return candidate.toLowerCase().startsWith(sought) ? 0 : 1;
}

/** The text with an option taken, and the new position of the caret. */
export function take(text: string, { from, to }: Completion, option: Option): [string, number] {
  const rest = text.slice(to).trimStart();
  const end = option.key ? "" : " ";
  const caret = from + option.text.length + end.length;
  return [`${text.slice(0, from)}${option.text}${end}${rest}`, caret];
}
