/** The fields of a form: what kinds there are, and what each knows. Pure. */

import { launchText } from "../../text/launch";

/** `lines` is a list with one value per line; `json` any value that no other kind can hold. */
export type Kind =
  | "number"
  | "integer"
  | "text"
  | "paragraphs"
  | "lines"
  | "date"
  | "moment"
  | "flag"
  | "choice"
  | "upload"
  | "uploads"
  | "json";

export interface Field {
  /** The name of the argument. */
  readonly name: string;
  readonly label: string;
  readonly help: string | null;
  readonly kind: Kind;
  readonly required: boolean;
  readonly nullable: boolean;
  /** What the control holds at first. */
  readonly initial: Raw;
  readonly choices: readonly unknown[];
  /** Whether what is typed has to be hidden. */
  readonly secret: boolean;
  /** Media types of files that can be chosen; empty for any. */
  readonly accept: readonly string[];
  readonly rules: Rules;
}

/** The validation keywords of JSON Schema that the form checks itself. */
export interface Rules {
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

/** What a control holds: its text, or whether it is checked. Files are represented by their names. */
export type Raw = string | boolean;

/** Whether a choice can be left open. With a default it cannot: then the default would apply. */
export function canStayOpen({ nullable, initial }: Field): boolean {
  return nullable || initial === "";
}

/** The label of a choice. */
export function choiceText(value: unknown): string {
  if (value === true) return launchText.yes;
  if (value === false) return launchText.no;
  return typeof value === "string" ? value : JSON.stringify(value);
}
