/** The entries of a log, put together by the step that they were said within. Pure. */

import type { LogEntry, Task } from "../../../contract/messages";
import { stepName, stepsOf } from "../parts";

/** Entries that follow each other. */
export interface Group {
  /** Id of the first. */
  readonly id: string;
  readonly run: string | undefined;
  /** Key of the step; undefined where they were said outside of any. */
  readonly step: string | undefined;
  readonly entries: readonly LogEntry[];
}

export function groups(entries: readonly LogEntry[]): readonly Group[] {
  const found: (Group & { entries: LogEntry[] })[] = [];
  for (const entry of entries) {
    const last = found.at(-1);
    if (last && last.step === entry.step && (last.run === entry.run || !entry.step)) {
      last.entries.push(entry);
    } else {
      found.push({ id: entry.id, run: entry.run, step: entry.step, entries: [entry] });
    }
  }
  return found;
}

/** Names of steps, by the token of their try and their key. Those of the first try are without a token in the log. */
export function stepNames(task: Task): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const { tries = [], earlier_tries: earlier = 0 } = task;
  const add = (run: string | null | undefined, each?: (typeof tries)[number]) => {
    for (const step of stepsOf(task, each)) names.set(nameKey(run, step.key), stepName(step));
  };
  if (!tries.length) add(null);
  for (const [index, each] of tries.entries()) {
    add(each.run, each);
    if (index === 0 && !earlier) add(null, each);
  }
  return names;
}

export function nameKey(run: string | null | undefined, step: string): string {
  return `${run ?? ""}/${step}`;
}
