/** Logs: two as one, and which entries are kept of one that has too many. Pure. */

import type { LogEntry } from "./messages";

const GRAVE: ReadonlySet<string> = new Set(["warning", "error", "critical"]);

/**
 * At most `limit` of a log's entries: its beginning, its end, and of what is between them states, warnings and errors.
 * An entry of kind `gap`, in the place of the first one that is missing, says how many are. The record and the server
 * shorten logs by the same rule (model/log.py).
 */
export function shortened(entries: readonly LogEntry[], limit: number): readonly LogEntry[] {
  if (entries.length <= limit) return entries;
  const first = Math.max(1, Math.floor(limit / 10));
  const last = Math.floor(limit / 2);
  const middle = entries.slice(first, entries.length - last);
  const matter = middle.filter(matters);
  const kept = new Set(matter.slice(Math.max(0, matter.length - (limit - first - last - 1))));
  const missing = middle.filter((entry) => !kept.has(entry));
  const [from] = missing;
  const count = missing.reduce((sum, entry) => sum + standsFor(entry), 0);
  const shown = middle.flatMap((entry): LogEntry[] => {
    if (kept.has(entry)) return [entry];
    if (entry !== from) return [];
    return [
      { ...entry, kind: "gap", level: "warning", message: `… ${count} entries were left out` },
    ];
  });
  return [...entries.slice(0, first), ...shown, ...entries.slice(entries.length - last)];
}

function matters({ kind, level }: LogEntry): boolean {
  return kind === "state" || (kind === "log" && GRAVE.has(level));
}

function standsFor({ kind, message }: LogEntry): number {
  return kind === "gap" ? Number(/\d+/.exec(message)?.[0] ?? 1) : 1;
}

/** Both lists as one, each entry once, in the order of ids. */
export function mergeLog(held: readonly LogEntry[], added: readonly LogEntry[]): LogEntry[] {
  const last = held.at(-1);
  const inOrder = added.every((entry, i) => {
    const previous = i ? added[i - 1] : last;
    return !previous || compareIds(previous.id, entry.id) < 0;
  });
  if (inOrder) return [...held, ...added];
  const byId = new Map([...held, ...added].map((entry) => [entry.id, entry]));
  return [...byId.values()].sort((a, b) => compareIds(a.id, b.id));
}

/** Ids of Redis stream entries are "milliseconds-sequence", which do not sort as text. */
function compareIds(a: string, b: string): number {
  const [leftTime = 0, leftPart = 0] = a.split("-").map(Number);
  const [rightTime = 0, rightPart = 0] = b.split("-").map(Number);
  return leftTime - rightTime || leftPart - rightPart || (a < b ? -1 : a > b ? 1 : 0);
}
