/** Cells of a row. All but one are functions and no components, as rows are many. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Layout } from "../../browser/columns";
import { href, listOf } from "../../browser/router";
import type { Task } from "../../contract/messages";
import { beginning } from "../../search/characters";
import type { Sought } from "../../search/found";
import { text } from "../../text";
import { shortName } from "../../text/format";
import { argumentsText } from "../../text/states";
import { CELL_LIMIT, line, marked, type Words } from "./line";
import type { Selection } from "./selection";

/** Characters of what a task was given that are looked through for words. */
const ARGUMENTS = 4_000;

/** What a row knows of the list around it. */
export interface Around {
  readonly layout: Layout;
  /** Given when rows can be chosen, together with the ids in the order of the rows. */
  readonly selection?: Selection | undefined;
  readonly order?: (() => readonly string[]) | undefined;
  /** Set to the task that is to be shown beside the list; given where there is room for it. */
  readonly peeked?: Signal<string | null> | undefined;
  /** What is searched for, to be marked. */
  readonly sought?: Sought | null | undefined;
}

export function peekCell(
  id: string,
  title: string,
  peeked: Signal<string | null>,
): ComponentChildren {
  return (
    <span class="cell-peek" role="cell">
      <button
        class="row-peek"
        type="button"
        tabIndex={-1}
        title={text.tasks.peek.peek(title)}
        aria-label={text.tasks.peek.peek(title)}
        onClick={() => {
          peeked.value = id;
        }}
      />
    </span>
  );
}

/** A link to the list of what has this value. One tab stop per row is enough: by keyboard it is in the panel beside the list. */
export function listLink(
  key: "queue" | "worker" | "release",
  value: string,
  label: string,
): ComponentChildren {
  return (
    <a class="row-link" href={listOf(key, value)} tabIndex={-1}>
      {label}
    </a>
  );
}

/** The name, and beside it what people call the task. While tasks are chosen Tab leads from a row to what can be done to them. */
export function nameCell(
  task: Pick<Task, "id" | "name" | "label">,
  isStop: boolean,
  sought: Around["sought"],
): ComponentChildren {
  const name = shortName(task.name ?? task.id);
  return (
    <span class="cell-name" role="cell">
      <a
        href={href({ page: "task", id: task.id })}
        tabIndex={isStop ? undefined : -1}
        title={beginning([task.name ?? task.id, task.label].filter(Boolean).join(" "), CELL_LIMIT)}
      >
        <span class="row-name">{marked(name, sought?.name)}</span>
        {task.label && task.label !== name && (
          <span class="row-label">{marked(task.label, sought?.label)}</span>
        )}
      </a>
    </span>
  );
}

/** Made of their text once, as they do not change while the task reports. */
export function Arguments({
  args,
  kwargs,
  words,
}: Pick<Task, "args" | "kwargs"> & { readonly words: Words }) {
  const most = words?.length ? ARGUMENTS : CELL_LIMIT;
  const text = useMemo(
    () => beginning(argumentsText({ args, kwargs }), most),
    [args, kwargs, most],
  );
  return <>{line(text, words)}</>;
}

export function checkbox(
  id: string,
  name: string,
  chosen: boolean,
  selection: Selection,
  order: Around["order"],
): ComponentChildren {
  return (
    <input
      class="row-check"
      type="checkbox"
      // One tab stop per row is enough; the key x chooses the row.
      tabIndex={-1}
      aria-label={text.tasks.choose(name)}
      checked={chosen}
      onClick={(event) => {
        if (event.shiftKey) selection.reach(id, order?.() ?? []);
        else selection.toggle(id);
      }}
    />
  );
}
