/** A table of the page. In a narrow window each row is a block, and its cells name themselves. */

import type { ComponentChildren } from "preact";

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** The title is for screen readers alone. */
  readonly untitled?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

interface Props<Row> {
  readonly kind: string;
  readonly title: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

export function Table<Row>({ kind, title, columns, rows, keyOf }: Props<Row>) {
  return (
    <div class="board-table" data-kind={kind} role="table" aria-label={title}>
      <div role="rowgroup">
        <div class="board-row board-head" role="row">
          {columns.map(({ key, title, untitled }) => (
            <span key={key} role="columnheader">
              {untitled ? <span class="unseen">{title}</span> : title}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup">
        {rows.map((row) => (
          <div key={keyOf(row)} class="board-row" role="row" data-row={keyOf(row)}>
            {columns.map(({ key, title, untitled, cell }) => (
              <span
                key={key}
                class={`access-${key}`}
                role="cell"
                data-label={untitled ? undefined : title}
              >
                {cell(row)}
              </span>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
