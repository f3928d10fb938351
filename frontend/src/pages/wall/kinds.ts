/** Kinds of failures: tasks of one name that failed with errors of one shape. Pure; times in Unix seconds. */

import type { Task } from "../../contract/messages";

export interface Kind {
  /** What they have in common. */
  readonly key: string;
  /** The one that failed last. */
  readonly latest: Task;
  readonly count: number;
  /** Whether all of them were run again. */
  readonly retried: boolean;
}

/** The kind that failed last comes first. */
export function kindsOf(tasks: readonly Task[]): readonly Kind[] {
  const found = new Map<string, Kind>();
  for (const task of tasks.toSorted((one, other) => endOf(other) - endOf(one))) {
    const key = `${task.name} ${shapeOf(task)}`;
    const kind = found.get(key);
    const retried = task.retried_as !== null;
    found.set(
      key,
      kind
        ? { ...kind, count: kind.count + 1, retried: kind.retried && retried }
        : { key, latest: task, count: 1, retried },
    );
  }
  return [...found.values()];
}

export function endOf(task: Task): number {
  return task.finished_at ?? task.started_at ?? task.created_at ?? 0;
}

/** What is quoted, and words that have a digit: ids, amounts, times, addresses. */
const DETAILS = /"[^"]*"|(?<!\w)'[^']*'|\S*\d\S*/g;

/** As much of a message as is looked at, and of what remains as tells what went wrong. */
const [LOOKED_AT, TELLING] = [1_000, 120] as const;

/** An error without what differs from one task to the next. */
function shapeOf({ error, label }: Task): string {
  if (!error) return "";
  const begin = error.message.slice(0, LOOKED_AT);
  const message = label ? begin.replaceAll(label, "…") : begin;
  return `${error.type} ${message.replace(DETAILS, "…").slice(0, TELLING)}`;
}
