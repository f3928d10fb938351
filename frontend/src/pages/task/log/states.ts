/** What a log tells about the states of its task. Pure. */

import {
  type LogEntry,
  STATES,
  type State,
  type TaskError,
  type Try,
} from "../../../contract/messages";

/** The state that an entry tells of; null for any other entry. */
export function stateIn(entry: LogEntry): State | null {
  if (entry.kind !== "state") return null;
  const [word] = entry.message.split(/[\s:,]/, 1);
  return STATES.find((state) => state === word) ?? null;
}

/** The entries without what is told twice: the worker that receives the next try tells of the retry once more. */
export function once(entries: readonly LogEntry[]): readonly LogEntry[] {
  let last: State | null = null;
  return entries.filter((entry) => {
    const state = stateIn(entry);
    const again = state === "RETRY" && last === "RETRY";
    last = state ?? last;
    return !again;
  });
}

/** Why the try failed whose end an entry tells of. The try may end later: when the last process had said so. */
export function causeOf(entry: LogEntry, tries: readonly Try[]): TaskError | null {
  const state = stateIn(entry);
  return tries.find((each) => each.state === state && isWithin(each, entry.at))?.error ?? null;
}

function isWithin({ started_at: start, finished_at: end }: Try, at: number): boolean {
  return end !== null && (start ?? end) <= at && at <= end;
}
