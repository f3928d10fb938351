/** The latest failures. A new one swells, as a gall on a stem does, and settles. */

import "../../styles/pages/wall/failures.css";

import type { ReadonlySignal } from "@preact/signals";
import type { Picture } from "../../contract/hour";
import type { Task } from "../../contract/messages";
import { tick } from "../../live/hooks";
import type { Store } from "../../live/store";
import { wallText as words } from "../../text/activity/wall";
import { called, number, shortName } from "../../text/format";
import { errorText } from "../../text/states";
import { Glyph } from "../../ui/glyph";

const SHOWN = 4;

/** A failure is new, and then fresh, for so many seconds. */
const [NEW_SECONDS, FRESH_SECONDS] = [20, 300] as const;

/** Older ones are over. */
const DAY_SECONDS = 86_400;

interface Props {
  readonly store: Store;
  /** Null where it is not known, or not the viewer's to know. */
  readonly hour: Picture | null;
}

export function Failures({ store, hour }: Props) {
  const count = hour?.moments.reduce((sum, [, , failed]) => sum + failed, 0);
  const now = tick.value;
  const shown = latest(store).filter((task) => now - endOf(task.peek()) < DAY_SECONDS);
  const calm = count === 0 && shown.length === 0;
  return (
    <section class="wall-failures" aria-label={words.failures} data-calm={calm || undefined}>
      <h2 class="wall-figure" data-none={count === 0 || undefined}>
        {count !== undefined && <b>{number(count)}</b>}{" "}
        {count === undefined ? words.failures : words.failedHour}
      </h2>
      <ol>
        {shown.slice(0, SHOWN).map((task) => (
          <Failure key={task.peek().id} task={task} />
        ))}
      </ol>
    </section>
  );
}

function endOf(task: Task): number {
  return task.finished_at ?? task.started_at ?? task.created_at ?? 0;
}

/** Those that ended last come first: the store has those first that were sent last. */
function latest(store: Store): readonly ReadonlySignal<Task>[] {
  return store.ids.value
    .flatMap((id) => store.task(id) ?? [])
    .sort((one, other) => endOf(other.peek()) - endOf(one.peek()));
}

function Failure({ task: { value: task } }: { readonly task: ReadonlySignal<Task> }) {
  const age = Math.max(0, tick.value - endOf(task));
  const kind = age < NEW_SECONDS ? "new" : age < FRESH_SECONDS ? "fresh" : "settled";
  const name = shortName(task.name ?? task.id);
  const label = called(task);
  return (
    <li
      class="failure"
      data-task={task.id}
      data-state={task.state}
      data-age={kind}
      data-retried={task.retried_as !== null || undefined}
    >
      <Glyph state={task.state} />
      <span class="failure-name">
        {name}
        {label !== name && <span class="slot-label">{label}</span>}
      </span>
      <span class="failure-age">{words.failedAgo(age)}</span>
      <span class="failure-error">{task.error ? errorText(task.error) : words.lostTask}</span>
    </li>
  );
}
