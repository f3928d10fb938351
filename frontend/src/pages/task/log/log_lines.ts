/** Which lines of a log are wanted, and a log as plain text. Pure. */

import type { LogEntry, Task } from "../../../contract/messages";
import { isEnded, isRunning } from "../../../contract/progress";
import { stateIn } from "../timeline/timeline";

/** From this level upwards; null for everything, changes of state included. */
export type LeastLevel = "info" | "warning" | "error" | null;

export const LEAST_LEVELS: readonly LeastLevel[] = [null, "info", "warning", "error"];

const RANKS: Readonly<Record<string, number>> = {
  debug: 10,
  info: 20,
  warning: 30,
  error: 40,
  critical: 50,
};

export interface Wanted {
  readonly least: LeastLevel;
  /** Found anywhere in the message, whatever its case. */
  readonly find: string;
}

/** A level that nobody has heard of counts as information. */
export function levelOf(entry: LogEntry): string {
  return entry.level?.toLowerCase() ?? "info";
}

export function wantedOf(entries: readonly LogEntry[], { least, find }: Wanted): LogEntry[] {
  const floor = least === null ? 0 : (RANKS[least] ?? 0);
  const sought = find.toLowerCase();
  return entries.filter((entry) => {
    if (least !== null && entry.kind === "state") return false;
    if (floor && (RANKS[levelOf(entry)] ?? 20) < floor) return false;
    return !sought || entry.message.toLowerCase().includes(sought);
  });
}

/** A line for each entry, times in UTC as RFC 3339 has them. */
export function logText(entries: readonly LogEntry[]): string {
  return entries
    .map((entry) => {
      const at = new Date(entry.at * 1000).toISOString();
      const level = (entry.kind === "state" ? "state" : levelOf(entry)).padEnd(8);
      return `${at} ${level} ${entry.message}\n`;
    })
    .join("");
}

/** How the server's line about a revocation begins; see `_effect` in `acts.py`. */
const REVOKED = /^Asked to be (?:revoked|stopped)\b/;

/**
 * Whether a task that waits was revoked: it keeps its state until a worker drops it. A run that
 * began after that shows that the workers have forgotten it.
 */
export function isRevoked(entries: readonly LogEntry[], { state }: Pick<Task, "state">): boolean {
  if (isEnded(state) || isRunning(state)) return false;
  const last = entries.findLast(
    (entry) =>
      stateIn(entry) === "STARTED" || (entry.kind === "log" && REVOKED.test(entry.message)),
  );
  return last?.kind === "log";
}

export interface Piece {
  readonly text: string;
  readonly found: boolean;
}

/** A message cut where something was found in it. */
export function pieces(message: string, find: string): Piece[] {
  const sought = find.toLowerCase();
  const lower = message.toLowerCase();
  // A few letters change their length with their case; then places in the two do not match.
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
