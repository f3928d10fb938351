/**
 * What is typed to narrow the list: `state:failed name:images.* -queue:slow age:<1h "timeout"`. Pure.
 *
 * A term is `key:value`, with `-` before it for "not"; everything else is words that are looked
 * for. What is typed stays as it is and stands in the address; here it is only read.
 */

import { GROUPS, type GroupKey, groupOf } from "../contract/groups";
import { type Query, STATES, type State } from "../contract/messages";

export const KEYS = [
  "state",
  "name",
  "queue",
  "worker",
  "age",
  "parent",
  "root",
  "group",
  "retry_of",
] as const;

export type Key = (typeof KEYS)[number];

export interface Term {
  /** Null for words. */
  readonly key: Key | null;
  readonly value: string;
  readonly quoted: boolean;
  readonly not: boolean;
  /** Of words: what stands before a colon as a key would. */
  readonly unknown: string | null;
  /** Where it stands in the text. */
  readonly from: number;
  readonly to: number;
}

/** Something that cannot be asked for as it stands. */
export interface Fault {
  readonly kind: "state" | "age" | "twice" | "not" | "nothing";
  readonly key: Key;
  readonly value: string;
}

export interface Reading {
  readonly query: Query;
  /** Only the first is worth telling; none when all is understood. */
  readonly fault: Fault | null;
}

const TERM = /(-?)(?:([a-z_]+):)?(?:"([^"]*)"?|(\S*))/y;

export function terms(text: string): Term[] {
  const found: Term[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] as string)) {
      at += 1;
      continue;
    }
    TERM.lastIndex = at;
    const [whole = "", minus = "", name, quoted, bare = ""] = TERM.exec(text) ?? [];
    const known = KEYS.find((key) => key === name) ?? null;
    // "Error:" and "http://" are words that happen to have a colon.
    const value = known || name === undefined ? (quoted ?? bare) : whole.slice(minus.length);
    const isNot = minus !== "" && (known !== null || value !== "");
    found.push({
      key: known,
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

/** The first that stands before a colon like a field and is none, so that it is looked for as text. */
export function unknownField(text: string): string | null {
  return terms(text).find(({ unknown }) => unknown)?.unknown ?? null;
}

/** What a text asks the server for. */
export function read(text: string): Reading {
  const all = terms(text);
  const not: Record<string, string[]> = {};
  const fields: Record<string, unknown> = {};
  let fault: Fault | null = null;
  const wrong = (kind: Fault["kind"], key: Key, value: string) => {
    fault ??= { kind, key, value };
  };
  for (const term of all) {
    const { key, value } = term;
    if (key === null || key === "state") continue;
    if (!value) wrong("nothing", key, value);
    else if (key === "age") {
      const age = readAge(value);
      if (!age) wrong("age", key, value);
      else if (term.not) wrong("not", key, value);
      else fields[age.younger ? "within" : "older"] = age.seconds;
    } else {
      const field = FIELDS[key];
      const wanted = pattern(term);
      if (term.not) not[field] = [...(not[field] ?? []), wanted];
      else if (field in fields) wrong("twice", key, value);
      else fields[field] = wanted;
    }
  }
  const states = readStates(all, wrong);
  const words = all.filter(({ key, not, value }) => key === null && !not && value);
  const unwanted = all.filter(({ key, not }) => key === null && not).map(({ value }) => value);
  if (unwanted.length) not.q = unwanted;
  return {
    query: {
      ...fields,
      ...(states && { state: states }),
      ...(words.length && { q: words.map(({ value }) => value).join(" ") }),
      ...(Object.keys(not).length && { not }),
    },
    fault,
  };
}

const FIELDS: Readonly<Record<Exclude<Key, "state" | "age">, string>> = {
  name: "name",
  queue: "queue",
  worker: "worker",
  parent: "parent_id",
  root: "root_id",
  group: "group_id",
  retry_of: "retry_of",
};

/** A part of a task's or a worker's name is enough, unless it stands in quotes. */
function pattern({ key, value, quoted }: Term): string {
  const part = key === "name" || (key === "worker" && !value.includes("@"));
  return part && !quoted && !value.includes("*") ? `*${value}*` : value;
}

/** States by a person's word for them or by Celery's. */
function statesOf(word: string): readonly State[] | null {
  const group = groupOf(word.toLowerCase());
  if (group) return group.states;
  const state = STATES.find((candidate) => candidate === word.toUpperCase());
  return state ? [state] : null;
}

function readStates(
  all: readonly Term[],
  wrong: (kind: "state", key: Key, value: string) => void,
): State[] | null {
  const named = all.filter(({ key, value }) => key === "state" && value);
  const wanted = new Set<State>();
  const unwanted = new Set<State>();
  for (const { value, not } of named) {
    const states = statesOf(value);
    if (!states) wrong("state", "state", value);
    for (const state of states ?? []) (not ? unwanted : wanted).add(state);
  }
  if (!wanted.size && !unwanted.size) return null;
  return STATES.filter((state) => (!wanted.size || wanted.has(state)) && !unwanted.has(state));
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86400,
  w: 604800,
};

/** "<1h" is younger than an hour, ">2d" at least two days old. */
function readAge(value: string): { readonly younger: boolean; readonly seconds: number } | null {
  const found = /^([<>])(\d+(?:\.\d+)?)(s|m|min|h|d|w)$/.exec(value);
  const seconds = Number(found?.[2]) * (UNITS[found?.[3] ?? ""] ?? Number.NaN);
  return found && Number.isFinite(seconds) ? { younger: found[1] === "<", seconds } : null;
}

/** The group of states that a text asks for and nothing else of state; null for all, undefined for a mixture. */
export function groupAsked(text: string): GroupKey | null | undefined {
  const named = terms(text).filter(({ key }) => key === "state");
  if (!named.length) return null;
  const [only] = named;
  const states = only && !only.not && named.length === 1 ? statesOf(only.value) : null;
  return GROUPS.find((group) => states && group.states.join() === states.join())?.key;
}

/** The same text, asking for that group of states; for all of them with null. */
export function withGroup(text: string, group: GroupKey | null): string {
  const rest = terms(text)
    .filter(({ key }) => key !== "state")
    .map(({ from, to }) => text.slice(from, to));
  return [...(group ? [`state:${group}`] : []), ...rest].join(" ");
}

/** Values that can be proposed. */
export type Known = Readonly<Partial<Record<Key, readonly string[]>>>;

export interface Completion {
  /** What of the text a proposal takes the place of. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly string[];
}

const PROPOSALS_MOST = 8;

/** What the term at the caret could become. */
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
  return { from, to, options: options.slice(0, PROPOSALS_MOST) };
}

/** What begins with the letters comes before what has them elsewhere. */
function rank(candidate: string, sought: string): number {
  return candidate.toLowerCase().startsWith(sought) ? 0 : 1;
}

/** The text with a proposal taken, and where the caret goes. */
export function take(text: string, { from, to }: Completion, option: string): [string, number] {
  const rest = text.slice(to).trimStart();
  const end = option.endsWith(":") ? "" : " ";
  return [`${text.slice(0, from)}${option}${end}${rest}`, from + option.length + end.length];
}
