/** Related tasks: the parent, children, the group, and retries. */

import type { ComponentChildren } from "preact";
import { href } from "../../browser/router";
import type { Query, Task } from "../../contract/messages";
import { wholePercent } from "../../contract/progress";
import { tick, useWatch } from "../../live/hooks";
import { called } from "../../text/format";
import { outcome, spoken } from "../../text/states";
import { taskText } from "../../text/task";
import { Glyph } from "../../ui/glyph";

/** Tasks of one kind shown here; a link leads to the list of all. */
const RELATED_LIMIT = 20;

export function Relations({ task }: { readonly task: Task }) {
  const words = taskText.relation;
  return (
    <div class="relations">
      <One title={words.retryOf} id={task.retry_of} />
      <Some title={words.retries} query={{ retry_of: task.id }} search={`retry_of:${task.id}`} />
      <One title={words.parent} id={task.parent_id} />
      {task.root_id !== task.id && task.root_id !== task.parent_id && (
        <One title={words.root} id={task.root_id} />
      )}
      <Some title={words.children} query={{ parent_id: task.id }} search={`parent:${task.id}`} />
      {task.group_id && (
        <Some
          title={words.group}
          query={{ group_id: task.group_id }}
          search={`group_id:${task.group_id}`}
          only={(other) => other.id !== task.id}
        />
      )}
    </div>
  );
}

function Block({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="block relation">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function One({ title, id }: { readonly title: string; readonly id: string | null }) {
  return (
    id && (
      <Block title={title}>
        <ul class="related">
          <Related key={id} id={id} />
        </ul>
      </Block>
    )
  );
}

/** A task that is no longer on record is shown by its id. */
function Related({ id }: { readonly id: string }) {
  const store = useWatch({ task: id });
  const task = store.ids.value.length ? store.task(id)?.value : undefined;
  return <Line id={id} task={task} />;
}

interface SomeProps {
  readonly title: string;
  readonly query: Query;
  /** The search that lists all of them. */
  readonly search: string;
  readonly only?: (task: Task) => boolean;
}

/** Absent when there are none, or the server refuses the query. */
function Some({ title, query, search, only = () => true }: SomeProps) {
  const store = useWatch({ view: { ...query, limit: RELATED_LIMIT } });
  const ids = store.ids.value.filter((id) => {
    const task = store.task(id)?.value;
    return task && only(task);
  });
  if (!ids.length || store.refusal.value !== null) return null;
  const all = Object.values(store.totals.value).reduce((sum, count) => sum + count, 0);
  return (
    <Block title={title}>
      <ul class="related">
        {ids.map((id) => (
          <Line key={id} id={id} task={store.task(id)?.value} />
        ))}
      </ul>
      <a href={href({ page: "tasks", search })}>{taskText.relation.all(all)}</a>
    </Block>
  );
}

function Line({ id, task }: { readonly id: string; readonly task: Task | undefined }) {
  const percent = task ? wholePercent(task) : null;
  return (
    <li data-related={id} data-state={task?.state}>
      {task && <Glyph state={task.state} percent={percent} />}
      <a href={href({ page: "task", id })}>{task?.name ? called(task) : <code>{id}</code>}</a>
      {task && <span class="soft">{outcome(task, tick.value) || spoken(task, percent)}</span>}
    </li>
  );
}
