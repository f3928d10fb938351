/** The query that a search stands for. Pure. */

import { type Query, STATES, type State } from "../contract/messages";
import { statesOf } from "./states";
import { type Key, type Term, terms } from "./terms";

/** A term that cannot be part of a query. */
export interface Fault {
  readonly kind: "state" | "age" | "twice" | "not" | "nothing";
  readonly key: Key;
  readonly value: string;
}

export interface QueryReading {
  readonly query: Query;
  /** The first fault; null when there is none. */
  readonly fault: Fault | null;
}

/** The query of a text. */
export function read(text: string): QueryReading {
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
      const field = QUERY_FIELDS[key];
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

const QUERY_FIELDS: Readonly<Record<Exclude<Key, "state" | "age">, string>> = {
  name: "name",
  queue: "queue",
  worker: "worker",
  owner: "owner",
  parent: "parent_id",
  root: "root_id",
  group: "group_id",
  retry_of: "retry_of",
};

/** The pattern of a term. Of the name of a task or worker a part is enough, unless it is in quotes. */
function pattern({ key, value, quoted }: Term): string {
  const part = key === "name" || (key === "worker" && !value.includes("@"));
  return part && !quoted && !value.includes("*") ? `*${value}*` : value;
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

/** "<1h" is younger than an hour, ">2d" at least two days old; null for anything else. */
function readAge(value: string): { readonly younger: boolean; readonly seconds: number } | null {
  const found = /^([<>])(\d+(?:\.\d+)?)(s|m|min|h|d|w)$/.exec(value);
  const seconds = Number(found?.[2]) * (UNITS[found?.[3] ?? ""] ?? Number.NaN);
  return found && Number.isFinite(seconds) ? { younger: found[1] === "<", seconds } : null;
}
