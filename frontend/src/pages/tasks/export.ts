/** Tasks as CSV and JSON. Pure. */

import type { Task } from "../../contract/messages";

const CSV_FIELDS = [
  "id",
  "name",
  "state",
  "queue",
  "worker",
  "created_at",
  "received_at",
  "started_at",
  "finished_at",
  "percent",
  "retries",
  "message",
  "error",
  "args",
  "kwargs",
  "result",
  "parent_id",
  "root_id",
  "group_id",
  "retry_of",
  "label",
  "owner",
] as const;

export function asJson(tasks: readonly Task[]): string {
  return `${JSON.stringify(tasks, null, 2)}\n`;
}

/** A header and one line per task (RFC 4180); times in UTC (RFC 3339). */
export function asCsv(tasks: readonly Task[]): string {
  const lines = tasks.map((task) => CSV_FIELDS.map((field) => cell(field, task)).join());
  return [CSV_FIELDS.join(), ...lines, ""].join("\r\n");
}

function cell(field: (typeof CSV_FIELDS)[number], task: Task): string {
  if (field === "error") {
    return quoted(task.error ? `${task.error.type}: ${task.error.message}` : "");
  }
  const value = task[field];
  if (value === null || value === undefined) return "";
  if (typeof value === "number") {
    return field.endsWith("_at") ? new Date(value * 1000).toISOString() : String(value);
  }
  return quoted(value);
}

/** Blanks, control characters and quotes, which a spreadsheet drops before it looks for a formula; then what a formula
 * begins with, as ASCII, full-width and small forms. */
const BEFORE =
  "[\\s\\p{Cc}\"'`\\u200b\\u2060]*[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20\\ufe66\\ufe62\\ufe63\\ufe6b\\u2212]";

const FIRST = new RegExp(`^(?:${BEFORE}|[\\t\\r\\n])`, "u");

/** A place within a text where a cell begins for a program that takes the file for one with another separator, and does
 * not heed our quotes then. A plain number after a comma, as in a list, is none: our own separator is quoted rightly. */
const INNER = new RegExp(
  `([;|\\t\\r\\n\\v\\f\\x85\\u2028\\u2029]|,(?!\\s*[+-]?[0-9][0-9.eE+-]*\\s*(?:[,)\\]}]|$)))(?=${BEFORE})`,
  "gu",
);

/** A text that a spreadsheet does not evaluate, whichever separator it takes (OWASP, CSV injection): an apostrophe stands
 * before what would be a formula. */
function quoted(text: string): string {
  const inner = text.replace(INNER, "$1'");
  const plain = FIRST.test(inner) ? `'${inner}` : inner;
  return /[",;|\t\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
