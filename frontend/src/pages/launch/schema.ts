/**
 * The fields of a form from the JSON Schema of a task's arguments. Pure. Whatever no simple field can hold becomes a
 * field for JSON, so that every job can be launched.
 */

import { fieldText, launchText } from "../../text/launch";
import type { Field, Kind, Raw, Rules } from "./fields";

type Schema = Readonly<Record<string, unknown>>;

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether nothing is known of the arguments, so that any may be given. */
export function takesAnything(schema: unknown): boolean {
  if (!isSchema(schema) || schema.additionalProperties !== true) return false;
  return !isSchema(schema.properties) || Object.keys(schema.properties).length === 0;
}

/** The fields of an object schema, in its order; where nothing is known of the arguments one for each kind of them. */
export function fields(schema: unknown): Field[] {
  if (takesAnything(schema)) {
    return [
      { ...field("args", { type: "array" }, false, {}), label: launchText.positional },
      { ...field("kwargs", { type: "object" }, false, {}), label: launchText.named },
    ];
  }
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

/** What the field is for, and for JSON how it is written. */
function helpOf(schema: Schema, kind: Kind): string | null {
  const { description, type } = schema;
  const { asObject, asList, asJson } = fieldText;
  const form = type === "object" ? asObject : type === "array" ? asList : asJson;
  const about = typeof description === "string" ? description.trim() : "";
  if (kind !== "json") return about || null;
  return about ? `${about.replace(/[^.!?]$/, "$&.")} ${form}` : form;
}

/** Follows references and removes "or null"; keywords beside a reference take precedence over those of its target. */
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
    // When one value or several of its kind are accepted, the field takes several.
    const several = listOfTheOther(notNull);
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

function takesUploads({ type, items }: Schema): boolean {
  return type === "array" && isSchema(items) && items.format === "upload";
}

/** Of two schemas the one that is a list of what the other describes. */
function listOfTheOther([first, second, ...more]: readonly unknown[]): unknown {
  if (more.length > 0) return undefined;
  const isListOf = (list: unknown, item: unknown) =>
    isSchema(list) && list.type === "array" && inOrder(list.items) === inOrder(item);
  if (isListOf(first, second)) return first;
  return isListOf(second, first) ? second : undefined;
}

/** JSON with its keys in order, to compare two values. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    isSchema(part) ? Object.fromEntries(Object.entries(part).sort()) : part,
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
