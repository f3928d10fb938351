/** The latest failures, one line for each kind. A new one swells, as a gall on a stem does, and settles. */

import "../../styles/pages/wall/failures.css";

import type { Picture } from "../../contract/hour";
import type { TaskError } from "../../contract/messages";
import { tick } from "../../live/hooks";
import type { Store } from "../../live/store";
import { wallText as words } from "../../text/activity/wall";
import { called, number, shortName } from "../../text/format";
import { directionOf, errorText } from "../../text/states";
import { Glyph } from "../../ui/glyph";
import { endOf, type Kind, kindsOf } from "./kinds";

const SHOWN = 3;

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
  const ended = hour?.moments.reduce((sum, [, ok, failed]) => sum + ok + failed, 0);
  const now = tick.value;
  const failed = store.ids.value.flatMap((id) => store.task(id)?.value ?? []);
  const shown = kindsOf(failed.filter((task) => now - endOf(task) < DAY_SECONDS)).slice(0, SHOWN);
  const calm = count === 0 && shown.length === 0;
  return (
    <section class="wall-failures" aria-label={words.failures} data-calm={calm || undefined}>
      <h2 class="wall-figure" data-none={count === 0 || undefined}>
        {count !== undefined && <b>{number(count)}</b>}{" "}
        {count === undefined ? words.failures : words.failedHour}
        {!!count && !!ended && <span class="wall-beside">{words.ofEnded(count / ended)}</span>}
      </h2>
      <ol data-full={shown.length === SHOWN || undefined}>
        {shown.map((kind) => (
          <Failure key={kind.key} kind={kind} />
        ))}
      </ol>
    </section>
  );
}

function Failure({ kind }: { readonly kind: Kind }) {
  const { latest: task, count } = kind;
  const age = Math.max(0, tick.value - endOf(task));
  const name = shortName(task.name ?? task.id);
  const label = called(task);
  return (
    <li
      class="failure"
      data-task={task.id}
      data-state={task.state}
      data-age={age < NEW_SECONDS ? "new" : age < FRESH_SECONDS ? "fresh" : "settled"}
      data-retried={kind.retried || undefined}
    >
      <Glyph state={task.state} />
      <span class="slot-name">
        <span class="slot-task">{name}</span>
        {label !== name && <span class="slot-label">{label}</span>}
      </span>
      <span class="failure-times">{words.failedAgo(count, age)}</span>
      <ErrorLine error={task.error} />
    </li>
  );
}

/** In parts, so that where a line has no room for both, the type gives way to the message. */
function ErrorLine({ error }: { readonly error: TaskError | null }) {
  const whole = error ? errorText(error) : words.lostTask;
  const type = error?.message && whole.startsWith(`${error.type}: `) ? `${error.type}: ` : "";
  return (
    <p class="failure-error" dir={directionOf(whole)}>
      {type && <span class="failure-type">{type}</span>}
      <span>{whole.slice(type.length)}</span>
    </p>
  );
}
