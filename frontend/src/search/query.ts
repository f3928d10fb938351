/** The query that a search stands for. Pure. */

import {
  ARGUMENTS_LIMIT,
  COMPARISONS_LIMIT,
  STARS_LIMIT,
  UNWANTED_TEXTS_LIMIT,
  VALUES_LIMIT,
  WORDS_LIMIT,
} from "../contract/generated";
import { type Exclusion, type Query, STATES, type State } from "../contract/messages";
import { type Present, readAge, readMoment } from "./moments";
import { statesOf } from "./states";
import { type Key, type Term, terms } from "./terms";

/** A term that cannot be part of a query. */
export interface Fault {
  readonly kind: FaultKind;
  /** The key, of an argument with its name; empty for words. */
  readonly key: string;
  readonly value: string;
}

type FaultKind =
  | "state"
  | "age"
  | "moment"
  | "duration"
  | "count"
  | "group"
  | "twice"
  | "not"
  | "nothing"
  | "words"
  | "unwanted"
  | "stars"
  | "arguments"
  | "often";

export interface QueryReading {
  readonly query: Query;
  /** The first fault; null when there is none. */
  readonly fault: Fault | null;
  /** When the text begins to mean another query, in Unix seconds: `since:14:30` does every day. Null for never. */
  readonly turns: number | null;
}

/** The query of a text. */
export function read(text: string, present: Present): QueryReading {
  const reader = new Reader(present);
  const all = terms(text);
  for (const term of all) reader.take(term);
  const words = all.filter(({ key, not, value }) => key === null && !not && value);
  const unwanted = all.filter(({ key, not, value }) => key === null && not && value);
  reader.limit("words", words, WORDS_LIMIT);
  reader.limit("unwanted", unwanted, UNWANTED_TEXTS_LIMIT);
  const states = reader.states();
  const not = {
    ...states.not,
    ...reader.not,
    ...(unwanted.length && { q: unwanted.map(({ value }) => value) }),
  };
  return {
    query: {
      ...states,
      ...reader.fields,
      ...(words.length && { q: words.map(phrase).join(" ") }),
      ...(Object.keys(not).length && { not }),
    },
    fault: reader.fault,
    turns: reader.turns,
  };
}

/** Words as they are told to the server, which splits them at blanks. */
function phrase({ value, quoted }: Term): string {
  return quoted && /\s/.test(value) ? `"${value}"` : value;
}

type Field = Exclude<Key, "state" | "args" | Asked>;
type Asked = "age" | "since" | "until" | "ran" | "waited" | "tries" | "group";

const QUERY_FIELDS = {
  name: "name",
  label: "label",
  queue: "queue",
  worker: "worker",
  owner: "owner",
  release: "release",
  error: "error",
  parent: "parent_id",
  root: "root_id",
  group_id: "group_id",
  retry_of: "retry_of",
} as const satisfies Readonly<Record<Field, keyof Query & keyof Exclusion>>;

const DURATION = /^[<>]=?\d{1,9}(?:\.\d{1,6})?(?:ms|s|m|min|h|d|w)?$/;
const COUNT = /^(?:[<>]=?|=)?\d{1,9}$/;

/** Takes one term after the other. */
class Reader {
  readonly fields: Record<string, unknown> = {};
  readonly not: Record<string, unknown> = {};
  readonly #wanted = new Set<State>();
  readonly #unwanted = new Set<State>();
  readonly #present: Present;
  fault: Fault | null = null;
  turns: number | null = null;

  constructor(present: Present) {
    this.#present = present;
  }

  wrong(kind: FaultKind, { key, argument, value }: Term): void {
    this.fault ??= { kind, key: argument === null ? (key ?? "") : `${key}.${argument}`, value };
  }

  take(term: Term): void {
    const { key, value, not } = term;
    if (key === null) return;
    if (key === "group") this.wrong("group", term);
    else if (!value) this.wrong("nothing", term);
    else if (key === "state") this.#state(term);
    else if (key === "args") this.#argument(term);
    else if (key in QUERY_FIELDS) this.#text(term, QUERY_FIELDS[key as Field]);
    else if (not) this.wrong("not", term);
    else this.#compare(term, key as Asked);
  }

  /** Of words that are the same the server looks for one. */
  limit(kind: "words" | "unwanted", words: readonly Term[], most: number): void {
    const last = words.at(-1);
    const different = new Set(words.map(({ value }) => value.toLowerCase()));
    if (last && different.size > most) this.wrong(kind, last);
  }

  #state(term: Term): void {
    const states = statesOf(term.value);
    if (!states) this.wrong("state", term);
    for (const state of states ?? []) (term.not ? this.#unwanted : this.#wanted).add(state);
  }

  /** What is asked of the state. */
  states(): Pick<Query, "state" | "not"> {
    const [wanted, unwanted] = [this.#wanted, this.#unwanted];
    if (!wanted.size && !unwanted.size) return {};
    const inOrder = (kept: (state: State) => boolean) => STATES.filter(kept);
    const state = inOrder((each) => (!wanted.size || wanted.has(each)) && !unwanted.has(each));
    if (state.length) return { state };
    // Terms that contradict each other find nothing. A list of no states would be no question.
    const not = { state: inOrder((each) => unwanted.has(each)) };
    return wanted.size ? { state: inOrder((each) => wanted.has(each)), not } : { not };
  }

  #text(term: Term, field: keyof Query & keyof Exclusion): void {
    const wanted = pattern(term);
    const others = (this.not[field] as string[] | undefined) ?? [];
    const values = term.not ? [...new Set([...others, wanted])] : [wanted];
    if (term.not) this.not[field] = values;
    else this.#set(term, field, wanted);
    if (values.length > (field === "error" ? UNWANTED_TEXTS_LIMIT : VALUES_LIMIT))
      this.wrong("unwanted", term);
    // Where a part is enough, the page puts asterisks around it that nobody typed.
    if (hasStars(field) && stars(values) > STARS_LIMIT)
      this.wrong(term.value.includes("*") ? "stars" : "unwanted", term);
  }

  #argument(term: Term): void {
    const into = term.not ? this.not : this.fields;
    const known = (into.args ?? {}) as Readonly<Record<string, string>>;
    const name = term.argument as string;
    if (Object.hasOwn(known, name)) this.wrong("twice", term);
    else into.args = { ...known, [name]: term.value };
    if (Object.keys(known).length >= ARGUMENTS_LIMIT) this.wrong("arguments", term);
    if (stars([term.value]) > STARS_LIMIT) this.wrong("stars", term);
  }

  #compare(term: Term, key: Asked): void {
    if (key === "age") this.#age(term);
    else if (key === "since" || key === "until") this.#moment(term, key);
    else if (!(key === "tries" ? COUNT : DURATION).test(term.value))
      this.wrong(key === "tries" ? "count" : "duration", term);
    else {
      const values = [...((this.fields[key] as string[]) ?? []), term.value];
      this.fields[key] = values;
      if (values.length > COMPARISONS_LIMIT) this.wrong("often", term);
    }
  }

  /** "<1h" is younger than an hour, ">2d" at least two days old. */
  #age(term: Term): void {
    const sign = term.value[0];
    const seconds = sign === "<" || sign === ">" ? readAge(term.value.slice(1)) : null;
    if (seconds === null) this.wrong("age", term);
    else this.fields[sign === "<" ? "within" : "older"] = seconds;
  }

  #moment(term: Term, key: "since" | "until"): void {
    const moment = readMoment(term.value, key === "until", this.#present);
    if (!moment) {
      this.wrong("moment", term);
      return;
    }
    this.#set(term, key, moment.at);
    if (moment.turns !== null) this.turns = Math.min(this.turns ?? moment.turns, moment.turns);
  }

  #set(term: Term, field: string, value: unknown): void {
    if (field in this.fields) this.wrong("twice", term);
    else this.fields[field] = value;
  }
}

/** The pattern of a term. Of a name, a label or a worker's name a part is enough, unless it is in quotes. */
function pattern({ key, value, quoted }: Term): string {
  const part = key === "name" || key === "label" || (key === "worker" && !value.includes("@"));
  return part && !quoted && !value.includes("*") ? `*${value}*` : value;
}

/** Fields in which an asterisk stands for any text. */
function hasStars(field: string): boolean {
  return field !== "error" && !field.endsWith("_id") && field !== "retry_of";
}

function stars(values: readonly string[]): number {
  return values.join("").split("*").length - 1;
}
