/** The tasks that an action on others made: the first of them as glyphs that lead to them, and how many stand how. */

import { href } from "../../../browser/router";
import { GROUPS, groupOfState } from "../../../contract/groups";
import type { Task } from "../../../contract/messages";
import { wholePercent } from "../../../contract/progress";
import { useWatch } from "../../../live/hooks";
import { text } from "../../../text";
import { number, titled } from "../../../text/format";
import { spoken } from "../../../text/states";
import { Glyph } from "../../../ui/glyph";

/** Each of them is a watch, of which the server allows 50 for all that a page shows. */
const SHOWN = 12;

/** `ids` has to be the same in every rendering. */
export function Made({ ids }: { readonly ids: readonly string[] }) {
  const tasks = ids.slice(0, SHOWN).flatMap((id) => {
    const store = useWatch({ task: id });
    return (store.ids.value.length && store.task(id)?.value) || [];
  });
  return (
    <span class="made" data-made={tasks.length || undefined}>
      {tasks.map((task) => {
        const percent = wholePercent(task);
        return (
          <a
            key={task.id}
            href={href({ page: "task", id: task.id })}
            data-made-task={task.id}
            data-state={task.state}
            aria-label={`${titled(task)}, ${spoken(task, percent)}`}
          >
            <Glyph state={task.state} percent={percent} />
          </a>
        );
      })}
      <span>{standing(tasks)}</span>
    </span>
  );
}

/** "2 done, 1 running". */
function standing(tasks: readonly Task[]): string {
  return GROUPS.flatMap(({ key }) => {
    const count = tasks.filter(({ state }) => groupOfState(state) === key).length;
    return count ? `${number(count)} ${text.group[key]}` : [];
  }).join(", ");
}
