/** Tasks as a file that other programs read. Pure. */

import type { Task } from "../../contract/messages";

const FIELDS = [
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

/** A header and a line each, as RFC 4180 has it; times as RFC 3339, in UTC. */
export function asCsv(tasks: readonly Task[]): string {
  const lines = tasks.map((task) => FIELDS.map((field) => cell(field, task)).join());
  return [FIELDS.join(), ...lines, ""].join("\r\n");
}

function cell(field: (typeof FIELDS)[number], task: Task): string {
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

/** A spreadsheet would run what begins like a formula; an apostrophe makes it text (OWASP, CSV injection). */
function quoted(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
