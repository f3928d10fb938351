/** Filters a log, and writes it as plain text. Pure. */

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
  return [entry.message, ...fields].join("  ");
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

/** A part of a message. */
export interface Piece {
  readonly text: string;
  readonly found: boolean;
}

/** A message cut into the parts that match `find` and those between them. */
export function pieces(message: string, find: string): Piece[] {
  const sought = find.toLowerCase();
  const lower = message.toLowerCase();
  // A few letters change their length with their case; then indexes into the two texts differ.
  if (!sought || lower.length !== message.length) return [{ text: message, found: false }];
  const cut: Piece[] = [];
  let from = 0;
  for (let at = lower.indexOf(sought); at >= 0; at = lower.indexOf(sought, from)) {
    if (at > from) cut.push({ text: message.slice(from, at), found: false });
    from = at + sought.length;
    cut.push({ text: message.slice(at, from), found: true });
  }
  if (from < message.length) cut.push({ text: message.slice(from), found: false });
  return cut;
}
