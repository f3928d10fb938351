/** Completes the term that is being typed. Pure. */

import { GROUPS } from "../contract/groups";
import { KEYS, type Key, terms } from "./terms";

/** Values that can be proposed, by key. */
export type Known = Readonly<Partial<Record<Key, readonly string[]>>>;

export interface Completion {
  /** The part of the text that an option replaces. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly string[];
}

const OPTIONS_LIMIT = 8;

/** What the term at the caret could become. `caret` is an index into the text. */
export function complete(text: string, caret: number, known: Known): Completion {
  const term = terms(text).find(({ from, to }) => from < caret && caret <= to);
  const none = { from: caret, to: caret, options: [] };
  if (!term || term.quoted) return none;
  const { from, to, not, key, value } = term;
  const minus = not ? "-" : "";
  const typed = text.slice(from, to);
  if (key === null) {
    const begun = value.toLowerCase();
    const options = KEYS.filter((candidate) => candidate.startsWith(begun)).map(
      (candidate) => `${minus}${candidate}:`,
    );
    return begun ? { from, to, options } : none;
  }
  const sought = value.toLowerCase();
  const values = key === "state" ? GROUPS.map((group) => group.key) : (known[key] ?? []);
  const options = values
    .filter((candidate) => candidate.toLowerCase().includes(sought))
    .sort((a, b) => rank(a, sought) - rank(b, sought))
    .map((candidate) => `${minus}${key}:${/\s/.test(candidate) ? `"${candidate}"` : candidate}`)
    .filter((option) => option !== typed);
  return { from, to, options: options.slice(0, OPTIONS_LIMIT) };
}

/** Values that begin with what is sought come first. */
function rank(candidate: string, sought: string): number {
  return candidate.toLowerCase().startsWith(sought) ? 0 : 1;
}

/** The text with an option taken, and the new position of the caret. */
export function take(text: string, { from, to }: Completion, option: string): [string, number] {
  const rest = text.slice(to).trimStart();
  const end = option.endsWith(":") ? "" : " ";
  return [`${text.slice(0, from)}${option}${end}${rest}`, from + option.length + end.length];
}
