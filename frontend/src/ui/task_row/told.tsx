/** What a task that does not run says. */

import { isNarrow, type Layout } from "../../browser/columns";
import { href } from "../../browser/router";
import type { Task } from "../../contract/messages";
import { isRetried } from "../../contract/progress";
import { beginning } from "../../search/characters";
import { text } from "../../text";
import { besides, directionOf, told } from "../../text/states";
import { CELL_LIMIT, line, type Words } from "./line";

/** Characters of an error on a phone that are in sight on its lines. */
const NARROW_SIGHT = 80;

interface ToldProps {
  readonly task: Task;
  readonly now: number;
  readonly layout: Layout;
  readonly words: Words;
}

/** What a task that does not run says, over the columns that tell of progress. */
export function Told({ task, now, layout, words }: ToldProps) {
  const said = told(task, now);
  const sight = isNarrow(layout) ? NARROW_SIGHT : CELL_LIMIT;
  return (
    <span
      class="cell-told"
      role="cell"
      aria-colspan={layout.span}
      title={beginning(said, CELL_LIMIT)}
    >
      <span class="told" dir={directionOf(said)}>
        {line(said, words, sight)}
      </span>
      {besides(task, now, layout.columns.has("ran")).map((note) => (
        <span key={note} class="told-note">
          {note}
        </span>
      ))}
      {isRetried(task) && (
        <a
          class="told-note row-link"
          href={href({ page: "task", id: task.retried_as as string })}
          tabIndex={-1}
        >
          {text.tasks.retried}
        </a>
      )}
    </span>
  );
}
