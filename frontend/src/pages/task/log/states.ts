/** What a log tells about the states of its task. Pure. */

import { type LogEntry, STATES, type State, type Task } from "../../../contract/messages";
import { isEnded, isRunning } from "../../../contract/progress";

/** The state that an entry tells of; null for any other entry. */
export function stateIn(entry: LogEntry): State | null {
  if (entry.kind !== "state") return null;
  const [word] = entry.message.split(/[\s:,]/, 1);
  return STATES.find((state) => state === word) ?? null;
}

/** How the entry begins that the server writes for a revocation (phloem_server/api/task_actions.py). */
const REVOKED = /^Asked to be (?:revoked|stopped)\b/;

/**
 * Whether a waiting task was revoked: it keeps its state until a worker drops it. A run that began after the revocation
 * shows that the workers have forgotten it.
 */
export function isRevoked(entries: readonly LogEntry[], { state }: Pick<Task, "state">): boolean {
  if (isEnded(state) || isRunning(state)) return false;
  const last = entries.findLast(
    (entry) =>
      stateIn(entry) === "STARTED" || (entry.kind === "log" && REVOKED.test(entry.message)),
  );
  return last?.kind === "log";
}
