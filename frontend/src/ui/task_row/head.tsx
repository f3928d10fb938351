/** The head of a table of tasks: the names of its columns. */

import { COLUMNS, type Column, type Layout } from "../../browser/columns";
import { text } from "../../text";
import type { Selection } from "./selection";

interface Props {
  readonly layout: Layout;
  readonly selection?: Selection;
  readonly ids?: readonly string[];
}

/** Columns whose name is for screen readers only: their figures explain themselves. */
const UNNAMED: ReadonlySet<Column> = new Set(["percent"]);

export function RowHead({ layout, selection, ids = [] }: Props) {
  const words = text.tasks.column;
  const chosen = selection?.ids.value.size ?? 0;
  return (
    <div class="row row-head" role="row" aria-rowindex={selection && 1}>
      <span class="cell-glyph" role="columnheader" data-all={text.tasks.chooseAll}>
        <span class="unseen">{words.state}</span>
        {selection && (
          <input
            class="row-check"
            type="checkbox"
            aria-label={text.tasks.chooseAll}
            checked={chosen > 0 && ids.every((id) => selection.ids.value.has(id))}
            onClick={() => selection.set(chosen > 0 ? [] : ids)}
          />
        )}
      </span>
      <span class="cell-name" role="columnheader">
        {words.name}
      </span>
      {COLUMNS.map(
        (column) =>
          layout.columns.has(column) && (
            <span key={column} class={`cell-${column}`} role="columnheader">
              {UNNAMED.has(column) ? <span class="unseen">{words[column]}</span> : words[column]}
            </span>
          ),
      )}
    </div>
  );
}
