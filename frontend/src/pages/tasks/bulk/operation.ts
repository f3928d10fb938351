/** What is done to the chosen tasks, one by one, and what came of it. */

import type { Submitted } from "../../../api/calls";
import type { Task } from "../../../contract/messages";
import { text } from "../../../text";
import { problemOf } from "../../../ui/problem";

/** Calls at the same time: the server has other work to do. */
const CALLS_AT_ONCE = 4;

/** What is done to tasks, one by one. */
export interface Operation {
  readonly tasks: readonly Task[];
  /** Whether it can still be done to a task, which may have gone on since it was asked about. */
  readonly fits: (task: Task) => boolean;
  /** Calls the API; may answer with a task that it made. */
  readonly call: (id: string) => Promise<unknown>;
  /** Says to how many it was done. */
  readonly done: (count: number) => string;
}

interface Failure {
  readonly id: string;
  readonly sentence: string;
}

/** What came of it: ids of tasks. */
export interface Result {
  readonly done: readonly string[];
  /** Those that it made. */
  readonly made: readonly string[];
  readonly refused: readonly Failure[];
  readonly unanswered: readonly Failure[];
  /** It fitted them no more when their turn came. */
  readonly changed: readonly string[];
}

/** A few at the same time. `taskOf` gives a task as it is then. */
export async function callAll(
  { tasks, fits, call }: Operation,
  taskOf: (id: string) => Task | undefined,
): Promise<Result> {
  const result = {
    ...{ done: [] as string[], made: [] as string[], changed: [] as string[] },
    ...{ refused: [] as Failure[], unanswered: [] as Failure[] },
  };
  const left = [...tasks];
  const work = async () => {
    for (let task = left.shift(); task !== undefined; task = left.shift()) {
      const { id } = task;
      if (!fits(taskOf(id) ?? task)) {
        result.changed.push(id);
        continue;
      }
      try {
        const answer = (await call(id)) as Submitted | undefined;
        result.done.push(id);
        if (answer) result.made.push(answer.id);
      } catch (reason) {
        const { sentence, passing } = problemOf(reason);
        (passing ? result.unanswered : result.refused).push({ id, sentence });
      }
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
  return result;
}

export function sentenceOf({ done }: Operation, result: Result): string {
  const words = text.tasks.bulk;
  const [refused, unanswered] = [result.refused[0], result.unanswered[0]];
  return [
    done(result.done.length),
    result.changed.length > 0 && words.changed(result.changed.length),
    refused && words.refused(result.refused.length, refused.sentence),
    unanswered && words.unanswered(result.unanswered.length, unanswered.sentence),
  ]
    .filter(Boolean)
    .join(" ");
}
