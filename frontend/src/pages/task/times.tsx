/** When a task was sent, received and started, and when it ended, as a chain of distances. */

import type { Task } from "../../contract/messages";
import { isEnded } from "../../contract/progress";
import { tick } from "../../live/hooks";
import { dateTime, duration, exactMoment } from "../../text/format";
import { stateWord } from "../../text/states";
import { taskText } from "../../text/task";

/** What happened, when (Unix seconds), and how many seconds after what is before it. */
export interface Moment {
  readonly word: string;
  readonly at: number;
  /** Null for the first. Clocks of several machines differ a little: none is before the one it follows. */
  readonly after: number | null;
}

/** What is known of a task's times, in order. Of several tries those of the present one. Pure. */
export function chain(task: Task): readonly Moment[] {
  const words = taskText.times;
  const known: readonly (readonly [string, number | null])[] = [
    [words.sent, task.created_at],
    [words.retried(task.retries), task.retries ? task.retried_at : null],
    [words.received, task.received_at],
    [words.started, task.started_at],
    [stateWord(task.state), isEnded(task.state) ? task.finished_at : null],
  ];
  let last: number | null = null;
  return known.flatMap(([word, at]) => {
    if (at === null) return [];
    const after: number | null = last === null ? null : Math.max(0, at - last);
    last = Math.max(last ?? at, at);
    return [{ word, at, after }];
  });
}

export function Times({ task }: { readonly task: Task }) {
  const moments = chain(task);
  if (!moments.length) return null;
  return (
    <ol class="task-times" aria-label={taskText.times.title}>
      {moments.map(({ word, at, after }) => (
        <li key={word}>
          <time title={dateTime(at)}>
            {after === null ? exactMoment(at, tick.value) : `+${duration(after)}`}
          </time>{" "}
          {word}
        </li>
      ))}
    </ol>
  );
}
