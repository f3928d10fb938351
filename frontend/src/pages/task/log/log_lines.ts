/** Filters a log, and writes it as plain text. Pure. */

import { withoutEscapes } from "../../../contract/escapes";
import type { LogEntry } from "../../../contract/messages";
import { taskText } from "../../../text/task";
import { stateIn } from "./states";

/** Entries of this level and above; null for all, changes of state included. */
export type LeastLevel = "info" | "warning" | "error" | null;

export const LEAST_LEVELS: readonly LeastLevel[] = [null, "info", "warning", "error"];

const LEVEL_RANKS: Readonly<Record<string, number>> = {
  debug: 10,
  info: 20,
  warning: 30,
  error: 40,
  critical: 50,
};

/** What a log is filtered by. */
export interface LogFilter {
  readonly least: LeastLevel;
  /** Searched for anywhere in the message, ignoring case. */
  readonly find: string;
}

/** An entry without a level counts as information. */
export function levelOf(entry: LogEntry): string {
  return entry.level?.toLowerCase() ?? "info";
}

export function filterLog(entries: readonly LogEntry[], { least, find }: LogFilter): LogEntry[] {
  const floor = least === null ? 0 : (LEVEL_RANKS[least] ?? 0);
  const sought = find.toLowerCase();
  return entries.filter((entry) => {
    if (least !== null && entry.kind === "state") return false;
    if (floor && (LEVEL_RANKS[levelOf(entry)] ?? 20) < floor) return false;
    return !sought || said(entry).toLowerCase().includes(sought);
  });
}

/** What stands in the log on the page: the line with its fields, or what became of the task. */
export function said(entry: LogEntry): string {
  const state = stateIn(entry);
  return state ? taskText.became[state] : lineText(entry);
}

/** Whether it warns, or tells of an error. */
export function isGrave(entry: LogEntry): boolean {
  return entry.kind === "log" && (LEVEL_RANKS[levelOf(entry)] ?? 20) >= 30;
}

/** The line with its fields: "Sent  order=17". */
export function lineText(entry: LogEntry): string {
  const fields = Object.entries(entry.fields ?? {}).map(([name, value]) => `${name}=${value}`);
  return [withoutEscapes(entry.message), ...fields].join("  ");
}

/** One line per entry, with times in UTC (RFC 3339). */
export function logText(entries: readonly LogEntry[]): string {
  return entries
    .map((entry) => {
      const at = new Date(entry.at * 1000).toISOString();
      const level = (entry.kind === "state" ? "state" : levelOf(entry)).padEnd(8);
      return `${at} ${level} ${lineText(entry)}\n`;
    })
    .join("");
}
