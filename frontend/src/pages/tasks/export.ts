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

/** A spreadsheet would evaluate a text that begins like a formula; an apostrophe prevents it (OWASP, CSV injection). */
function quoted(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
