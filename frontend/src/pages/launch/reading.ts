/** The value of an argument from what was typed into its field, or what is wrong with it. Pure. */

import { beginning } from "../../search/characters";
import { fieldText } from "../../text/launch";
import type { Field, Raw, Rules } from "./fields";

/** `value: undefined` means that the argument is left out. */
export type FieldReading = { readonly value: unknown } | { readonly error: string };

/** The value of a field; for uploads the names of the files. */
export function read(field: Field, raw: Raw): FieldReading {
  if (typeof raw === "boolean") return { value: raw };
  const typed = isWords(field) ? raw : raw.trim();
  if (typed === "") return empty(field);
  switch (field.kind) {
    case "number":
    case "integer":
      return readNumber(field, typed);
    case "choice":
      return { value: field.choices[Number(typed)] };
    case "json":
      try {
        return { value: JSON.parse(typed) };
      } catch {
        return { error: fieldText.json };
      }
    case "upload":
    case "uploads":
      return { value: typed };
    case "lines":
      return readLines(field.rules, typed);
    default:
      return readText(field.rules, typed);
  }
}

function empty(field: Field): FieldReading {
  if (field.required) return field.nullable ? { value: null } : { error: fieldText.required };
  // A field that had a default and was emptied means "nothing", not the default.
  if (field.initial === "") return { value: undefined };
  if (field.nullable) return { value: null };
  if (field.kind === "lines") return readLines(field.rules, "");
  return isWords(field) ? readText(field.rules, "") : { value: undefined };
}

function readNumber(field: Field, typed: string): FieldReading {
  const value = Number(typed);
  if (!Number.isFinite(value)) return { error: fieldText.number };
  if (field.kind === "integer" && !Number.isInteger(value)) return { error: fieldText.integer };
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = field.rules;
  if (minimum !== undefined && value < minimum) return { error: fieldText.least(minimum) };
  if (maximum !== undefined && value > maximum) return { error: fieldText.most(maximum) };
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) {
    return { error: fieldText.above(exclusiveMinimum) };
  }
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) {
    return { error: fieldText.below(exclusiveMaximum) };
  }
  return { value };
}

/** Whether blanks at the ends belong to the value. */
function isWords({ kind }: Field): boolean {
  return kind === "text" || kind === "paragraphs";
}

/** One value per line. Mail addresses contain no blanks or commas, so these separate them too. */
function readLines({ items, minItems, maxItems }: Rules, typed: string): FieldReading {
  const between = items?.format === "email" ? /[\s,;]+/ : /\r?\n/;
  const value = typed
    .split(between)
    .map((line) => line.trim())
    .filter(Boolean);
  if (minItems !== undefined && value.length < minItems) {
    return { error: fieldText.least(minItems) };
  }
  if (maxItems !== undefined && value.length > maxItems) {
    return { error: fieldText.most(maxItems) };
  }
  for (const line of items ? value : []) {
    const reading = readText(items as Rules, line);
    if ("error" in reading) return { error: `${beginning(line, 80)}: ${reading.error}` };
  }
  return { value };
}

function readText(rules: Rules, typed: string): FieldReading {
  const length = [...typed].length;
  if (rules.minLength !== undefined && length < rules.minLength) {
    return { error: fieldText.shortest(rules.minLength) };
  }
  if (rules.maxLength !== undefined && length > rules.maxLength) {
    return { error: fieldText.longest(rules.maxLength) };
  }
  if (rules.pattern !== undefined && !matches(rules.pattern, typed)) {
    if (rules.format === "email") return { error: fieldText.email };
    if (rules.format === "uri") return { error: fieldText.address };
    const [example] = rules.examples ?? [];
    if (typeof example === "string") return { error: fieldText.example(example) };
    return { error: fieldText.pattern(rules.pattern) };
  }
  return { value: typed };
}

/** A pattern that the browser does not understand is left to the server. */
function matches(pattern: string, typed: string): boolean {
  try {
    return new RegExp(pattern, "u").test(typed);
  } catch {
    return true;
  }
}
