/** The query that a search stands for. Pure. */

import { type Exclusion, type Query, STATES, type State } from "../contract/messages";
import { type Present, readMoment } from "./moments";
import { statesOf } from "./states";
import { type Key, type Term, terms } from "./terms";

/** A term that cannot be part of a query. */
export interface Fault {
  readonly kind: FaultKind;
  /** The key, of an argument with its name. */
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
  | "nothing";

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
  const unwanted = all
    .filter(({ key, not, value }) => key === null && not && value)
    .map(({ value }) => value);
  const states = reader.states();
  const not = { ...states.not, ...reader.not, ...(unwanted.length && { q: unwanted }) };
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

const UNITS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86400,
  w: 604800,
};
const AGE = /^([<>])(\d+(?:\.\d+)?)(s|m|min|h|d|w)$/;
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
    this.fault ??= { kind, key: argument === null ? `${key}` : `${key}.${argument}`, value };
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
    if (term.not) this.not[field] = [...((this.not[field] as string[]) ?? []), wanted];
    else this.#set(term, field, wanted);
  }

  #argument(term: Term): void {
    const into = term.not ? this.not : this.fields;
    const known = (into.args ?? {}) as Readonly<Record<string, string>>;
    const name = term.argument as string;
    if (Object.hasOwn(known, name)) this.wrong("twice", term);
    else into.args = { ...known, [name]: term.value };
  }

  #compare(term: Term, key: Asked): void {
    if (key === "age") this.#age(term);
    else if (key === "since" || key === "until") this.#moment(term, key);
    else if (!(key === "tries" ? COUNT : DURATION).test(term.value))
      this.wrong(key === "tries" ? "count" : "duration", term);
    else this.fields[key] = [...((this.fields[key] as string[]) ?? []), term.value];
  }

  /** "<1h" is younger than an hour, ">2d" at least two days old. */
  #age(term: Term): void {
    const [, sign, figure, unit = ""] = AGE.exec(term.value) ?? [];
    const seconds = Number(figure) * (UNITS[unit] ?? Number.NaN);
    if (!Number.isFinite(seconds)) this.wrong("age", term);
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
