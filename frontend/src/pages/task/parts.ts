/** The parts of what a task did: its tries, and the steps of each. Which entries of the log belong to them. Pure. */

import { withoutEscapes } from "../../contract/escapes";
import type { LogEntry, Step, Task, Try } from "../../contract/messages";
import { amount } from "../../text/format";

/** A try, or a step of it. */
export interface Part {
  /** What it is called. */
  readonly name: string;
  /** Token of the try. */
  readonly run: string | null;
  /** Whether it is the first try: lines of that name no try. */
  readonly first: boolean;
  /** When it was set, in Unix seconds: the end of the try before. */
  readonly from: number;
  readonly to: number;
  /** Key of the step; null for the whole try. */
  readonly step: string | null;
}

type Tries = Pick<Task, "tries" | "earlier_tries">;

/** The try at this index of those that are known. */
export function partOf({ tries = [], earlier_tries: earlier = 0 }: Tries, index: number): Part {
  const each = tries[index];
  return {
    name: "",
    run: each?.run ?? null,
    first: index === 0 && !earlier,
    from: tries[index - 1]?.finished_at ?? Number.NEGATIVE_INFINITY,
    to: each?.finished_at ?? Number.POSITIVE_INFINITY,
    step: null,
  };
}

/** Whether an entry belongs to the part. */
export function belongs(entry: LogEntry, part: Part): boolean {
  if (entry.kind === "state") return !part.step && part.from < entry.at && entry.at <= part.to;
  return isOfStep(entry, part);
}

/** Within which try and step something was said. */
interface Said {
  readonly run?: string | undefined;
  readonly step?: string | undefined;
}

/** Whether what was said of this try and step belongs to the part. A step has what its own steps say. */
export function isOfStep({ run, step }: Said, part: Part): boolean {
  if (run === undefined ? !part.first : run !== part.run) return false;
  return part.step === null || step === part.step || !!step?.startsWith(`${part.step}.`);
}

/** The steps of a try: the task has those of its last. */
export function stepsOf(task: Task, each: Try | undefined): readonly Step[] {
  const { tries = [] } = task;
  return each === undefined || each === tries.at(-1) ? task.steps : (each.steps ?? []);
}

/** What a step is called. */
export function stepName(step: Step): string {
  return withoutEscapes(step.name || step.description || step.key);
}

/**
 * "3 of 12 sizes" while running, "12 sizes" at the end, "7" without a total; empty for a number that says nothing: the
 * total alone at the end, and 0 without a total or a unit.
 */
export function stepAmount(step: Step): string {
  const total = step.current === step.total ? null : step.total;
  const alone = total === null && !step.unit;
  return alone && (step.total !== null || !step.current)
    ? ""
    : amount(step.current, total, step.unit);
}
