/**
 * From the JSON Schema of a task's arguments to the fields of a form, and from what was typed
 * back to arguments. Pure. What the schema says in a way that no simple field can hold becomes a
 * field for JSON, so that every job can be launched.
 */

import { text } from "../../text";
import { bytes } from "../../text/format";

export type Kind =
  | "number"
  | "integer"
  | "text"
  | "paragraphs"
  | "lines"
  | "date"
  | "flag"
  | "choice"
  | "upload"
  | "uploads"
  | "json";

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly help: string | null;
  readonly kind: Kind;
  readonly required: boolean;
  readonly nullable: boolean;
  /** What the field holds at first. */
  readonly initial: Raw;
  readonly choices: readonly unknown[];
  /** Nobody who looks over a shoulder should read what is typed. */
  readonly secret: boolean;
  /** Media types of the files that make sense; any where there are none. */
  readonly accept: readonly string[];
  readonly rules: Rules;
}

interface Rules {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly format?: string;
  readonly examples?: readonly unknown[];
  readonly items?: Rules;
}

/** What a control holds: its text, or whether it is ticked. Files are represented by their names. */
export type Raw = string | boolean;

/** `value: undefined` means: leave this argument out. */
export type Reading = { readonly value: unknown } | { readonly error: string };

type Schema = Readonly<Record<string, unknown>>;

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields of an object schema, in its own order. */
export function fields(schema: unknown): Field[] {
  if (!isSchema(schema) || !isSchema(schema.properties)) return [];
  const definitions = isSchema(schema.$defs) ? schema.$defs : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).map(([name, property]) =>
    field(name, isSchema(property) ? property : {}, required.includes(name), definitions),
  );
}

function field(name: string, property: Schema, required: boolean, definitions: Schema): Field {
  const { schema, nullable } = resolve(property, definitions);
  const kind = kindOf(schema);
  const choices = kind === "choice" ? choicesOf(schema) : [];
  return {
    name,
    label: typeof schema.title === "string" ? schema.title : labelOf(name),
    help: helpOf(schema, kind),
    kind: kind === "flag" && nullable ? "choice" : kind,
    required,
    nullable,
    initial: initialOf(schema, kind, choices, nullable),
    choices: kind === "flag" && nullable ? [true, false] : choices,
    secret: schema.format === "password" && ["text", "number", "integer"].includes(kind),
    accept: acceptOf(kind === "uploads" ? schema.items : schema),
    rules: schema as Rules,
  };
}

/** What it is for, and how it is written where that is not plain to see. */
function helpOf(schema: Schema, kind: Kind): string | null {
  const { description, type } = schema;
  const { asObject, asList, asJson } = text.field;
  const form = type === "object" ? asObject : type === "array" ? asList : asJson;
  const about = typeof description === "string" ? description.trim() : "";
  if (kind !== "json") return about || null;
  return about ? `${about.replace(/[^.!?]$/, "$&.")} ${form}` : form;
}

/** Whether a choice can be left open. Where there is a default, that is what holds without one. */
export function canStayOpen({ nullable, initial }: Field): boolean {
  return nullable || initial === "";
}

/** Follows references and takes "or null" away; siblings of a reference win over what it names. */
function resolve(
  property: Schema,
  definitions: Schema,
  steps = 8,
): { schema: Schema; nullable: boolean } {
  if (steps === 0) return { schema: property, nullable: false };
  if (typeof property.$ref === "string") {
    const target = definitions[property.$ref.replace("#/$defs/", "")];
    const { $ref: _, ...rest } = property;
    return resolve({ ...(isSchema(target) ? target : {}), ...rest }, definitions, steps - 1);
  }
  const options = [property.anyOf, property.oneOf].find(Array.isArray) as unknown[] | undefined;
  if (options) {
    const notNull = options.filter((option) => !(isSchema(option) && option.type === "null"));
    // Where one file will do as well as several, the field takes several.
    const several = notNull.find(takesUploads);
    const kept = several ? [several] : notNull;
    const { anyOf: _, oneOf: __, ...rest } = property;
    const nullable = notNull.length < options.length;
    if (kept.length !== 1 || !isSchema(kept[0])) return { schema: rest, nullable };
    const inner = resolve({ ...kept[0], ...rest }, definitions, steps - 1);
    return { schema: inner.schema, nullable: nullable || inner.nullable };
  }
  if (Array.isArray(property.type)) {
    const kept = property.type.filter((type) => type !== "null");
    const nullable = kept.length < property.type.length;
    const { type: _, ...rest } = property;
    return { schema: kept.length === 1 ? { ...rest, type: kept[0] } : rest, nullable };
  }
  return { schema: property, nullable: false };
}

function kindOf(schema: Schema): Kind {
  if (Array.isArray(schema.enum) || "const" in schema) return "choice";
  if (schema.format === "upload") return "upload";
  if (takesUploads(schema)) return "uploads";
  if (takesLines(schema)) return "lines";
  if (schema.type === "string" && schema.format === "multiline") return "paragraphs";
  switch (schema.type) {
    case "number":
      return "number";
    case "integer":
      return "integer";
    case "string":
      return schema.format === "date" ? "date" : "text";
    case "boolean":
      return "flag";
    case undefined:
      return schema.format === "password" ? "text" : "json";
    default:
      return "json";
  }
}

function takesUploads(schema: unknown): boolean {
  return (
    isSchema(schema) &&
    schema.type === "array" &&
    isSchema(schema.items) &&
    schema.items.format === "upload"
  );
}

function takesLines({ type, items }: Schema): boolean {
  return type === "array" && isSchema(items) && items.type === "string" && kindOf(items) === "text";
}

function acceptOf(schema: unknown): string[] {
  return isSchema(schema) && Array.isArray(schema.accept) ? schema.accept.map(String) : [];
}

function choicesOf(schema: Schema): unknown[] {
  return Array.isArray(schema.enum) ? schema.enum : [schema.const];
}

function labelOf(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function initialOf(
  schema: Schema,
  kind: Kind,
  choices: readonly unknown[],
  nullable: boolean,
): Raw {
  const value = schema.default;
  if (kind === "flag" && !nullable) return value === true;
  if (value === undefined || value === null) return "";
  if (kind === "flag") return String([true, false].indexOf(value === true));
  if (kind === "choice") {
    const index = choices.indexOf(value);
    return index < 0 ? "" : String(index);
  }
  if (kind === "uploads") return "";
  if (kind === "lines" && Array.isArray(value)) return value.join("\n");
  return kind === "json" ? JSON.stringify(value) : String(value);
}

/** How a choice is written. */
export function choiceText(value: unknown): string {
  if (value === true) return text.launch.yes;
  if (value === false) return text.launch.no;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What a field's content means, or what is wrong with it. Uploads are read as their files' names. */
export function read(field: Field, raw: Raw): Reading {
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
        return { error: text.field.json };
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

/** What is wrong with the chosen files, if anything can be seen from here: the first fault. */
export function filesFault(
  field: Field,
  files: readonly { readonly name: string; readonly type: string; readonly size: number }[],
  limit: number | null,
): string | null {
  const { maxItems } = field.rules;
  if (maxItems !== undefined && files.length > maxItems) return text.field.tooMany(maxItems);
  return files.map((file) => fileFault(field, file, limit)).find(Boolean) ?? null;
}

/** What is wrong with a chosen file, if anything can be seen from here. The server reads what is in it. */
export function fileFault(
  { accept }: Field,
  file: { readonly name: string; readonly type: string; readonly size: number },
  limit: number | null,
): string | null {
  const fits = (type: string) =>
    type.endsWith("/*") ? file.type.startsWith(type.slice(0, -1)) : file.type === type;
  // The browser goes by the file's suffix; of one that it does not know it says nothing.
  if (file.type && accept.length && !accept.some(fits)) return text.field.kind(file.name, accept);
  if (limit !== null && file.size > limit) {
    return text.field.tooLarge(bytes(file.size), bytes(limit));
  }
  return null;
}

function empty(field: Field): Reading {
  if (field.required) return field.nullable ? { value: null } : { error: text.field.required };
  // Whoever empties a field that had a default means "nothing", not the default.
  if (field.initial === "") return { value: undefined };
  if (field.nullable) return { value: null };
  if (field.kind === "lines") return readLines(field.rules, "");
  return isWords(field) ? readText(field.rules, "") : { value: undefined };
}

function readNumber(field: Field, typed: string): Reading {
  const value = Number(typed);
  if (!Number.isFinite(value)) return { error: text.field.number };
  if (field.kind === "integer" && !Number.isInteger(value)) return { error: text.field.integer };
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = field.rules;
  if (minimum !== undefined && value < minimum) return { error: text.field.least(minimum) };
  if (maximum !== undefined && value > maximum) return { error: text.field.most(maximum) };
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) {
    return { error: text.field.above(exclusiveMinimum) };
  }
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) {
    return { error: text.field.below(exclusiveMaximum) };
  }
  return { value };
}

/** Whether blanks at its ends are part of what is typed. */
function isWords({ kind }: Field): boolean {
  return kind === "text" || kind === "paragraphs";
}

/** One value per line; mail addresses, which have none in them, may stand between blanks and commas as well. */
function readLines({ items, minItems, maxItems }: Rules, typed: string): Reading {
  const between = items?.format === "email" ? /[\s,;]+/ : /\r?\n/;
  const value = typed
    .split(between)
    .map((line) => line.trim())
    .filter(Boolean);
  if (minItems !== undefined && value.length < minItems) {
    return { error: text.field.least(minItems) };
  }
  if (maxItems !== undefined && value.length > maxItems) {
    return { error: text.field.most(maxItems) };
  }
  for (const line of items ? value : []) {
    const reading = readText(items as Rules, line);
    if ("error" in reading) return { error: `${line.slice(0, 80)}: ${reading.error}` };
  }
  return { value };
}

function readText(rules: Rules, typed: string): Reading {
  const length = [...typed].length;
  if (rules.minLength !== undefined && length < rules.minLength) {
    return { error: text.field.shortest(rules.minLength) };
  }
  if (rules.maxLength !== undefined && length > rules.maxLength) {
    return { error: text.field.longest(rules.maxLength) };
  }
  if (rules.pattern !== undefined && !matches(rules.pattern, typed)) {
    if (rules.format === "email") return { error: text.field.email };
    if (rules.format === "uri") return { error: text.field.address };
    const [example] = rules.examples ?? [];
    if (typeof example === "string") return { error: text.field.example(example) };
    return { error: text.field.pattern(rules.pattern) };
  }
  return { value: typed };
}

/** A pattern that this browser cannot read is left to the server to judge. */
function matches(pattern: string, typed: string): boolean {
  try {
    return new RegExp(pattern, "u").test(typed);
  } catch {
    return true;
  }
}
