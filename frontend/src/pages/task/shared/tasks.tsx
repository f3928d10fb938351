/** All tasks of a workflow or of an owner that were shared, in the order in which they were sent. */

import { useTitle } from "../../../browser/title";
import { ENDED, ROWS_LIMIT } from "../../../contract/generated";
import type { Task } from "../../../contract/messages";
import { isRunning, wholePercent } from "../../../contract/progress";
import { tick, useWatch } from "../../../live/hooks";
import { TOKEN } from "../../../site/token";
import { shareText } from "../../../text/access/share";
import { called, percent as percentText } from "../../../text/format";
import { outcome, spoken } from "../../../text/states";
import { Bar } from "../../../ui/bar";
import { Glyph } from "../../../ui/glyph";
import { Loading } from "../../../ui/loading";

const words = shareText.page;

/** `root`: its first task, whose name is the title; null where the tasks are those of an owner. */
export function SharedTasks({ root }: { readonly root: string | null }) {
  const store = useWatch({ view: { limit: ROWS_LIMIT } });
  const ids = [...store.ids.value].reverse();
  const first = root === null ? undefined : store.task(root)?.value;
  const title = first ? called(first) : root === null ? words.tasks : words.workflow;
  const counts = store.totals.value;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const ended = ENDED.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  useTitle(title);
  if (store.refusal.value !== null) return <p class="notice">{store.refusal.value}</p>;
  if (!store.answered.value) return <Loading title={title} words={words.loading} />;
  return (
    <section class="task" data-shared-tasks>
      <header class="task-head">
        <div class="task-title">
          <h1>{title}</h1>
        </div>
        {all > 0 && (
          <>
            <Bar
              size="large"
              tone={ended === all ? "done" : "running"}
              percent={(100 * ended) / all}
              label={title}
              value={words.ended(ended, all)}
            />
            <p class="soft">{words.ended(ended, all)}</p>
          </>
        )}
      </header>
      {ids.length ? (
        <ol class="shared-tasks">
          {ids.map((id) => {
            const task = store.task(id)?.value;
            return task && <Line key={id} task={task} />;
          })}
        </ol>
      ) : (
        <p class="notice">{words.none}</p>
      )}
      {all > ids.length && ids.length > 0 && <p class="soft">{words.listed(ids.length)}</p>}
    </section>
  );
}

function Line({ task }: { readonly task: Task }) {
  const percent = wholePercent(task);
  const name = called(task);
  const address = `#${new URLSearchParams({ token: TOKEN ?? "", task: task.id })}`;
  return (
    <li data-shared-task={task.id} data-state={task.state}>
      <Glyph state={task.state} percent={percent} />
      <a href={address}>{name}</a>
      {isRunning(task.state) ? (
        <Bar percent={task.percent} label={name} value={spoken(task, percent)} />
      ) : (
        <span class="soft">{outcome(task, tick.value) || spoken(task, percent)}</span>
      )}
      <span class="shared-percent">
        {isRunning(task.state) && percent !== null && percentText(percent)}
      </span>
    </li>
  );
}
