/** The tries of a task that had several: who ran each, when, and what came of it. */

import type { Task, Try } from "../../../contract/messages";
import { text } from "../../../text";
import { dateTime, duration } from "../../../text/format";
import { stateWord } from "../../../text/states";
import { Glyph } from "../../../ui/glyph";
import { callsOf } from "./calls";

export function Tries({ task }: { readonly task: Task }) {
  const words = text.task.tries;
  const { tries = [], earlier_tries: earlier = 0 } = task;
  if (tries.length + earlier < 2) return null;
  const calls = callsOf(task);
  return (
    <section class="block" data-tries={tries.length}>
      <h2>{words.title}</h2>
      {earlier > 0 && <p class="soft">{text.task.timeline.earlier(earlier)}</p>}
      <ol class="tries">
        {tries.map((each, index) => (
          <Line
            key={each.run ?? index}
            number={earlier + index + 1}
            each={each}
            call={calls[index] ?? null}
          />
        ))}
      </ol>
    </section>
  );
}

interface LineProps {
  readonly number: number;
  readonly each: Try;
  /** What it was called with; null where that is not to be said. */
  readonly call: string | null;
}

function Line({ number, each, call }: LineProps) {
  const { started_at: started, finished_at: finished } = each;
  const ran =
    started === null || finished === null ? null : duration(Math.max(0, finished - started));
  return (
    <li class="try" data-try={number} data-state={each.state}>
      <Glyph state={each.state} />
      <p>
        <b>{text.task.timeline.run(number)}</b> <Ended each={each} />
      </p>
      <p class="soft">
        {[each.worker, started === null ? null : dateTime(started), ran]
          .filter((fact) => fact !== null)
          .join(" · ")}
      </p>
      {call !== null && <Call call={call} />}
    </li>
  );
}

/** What came of it, and why. */
function Ended({ each: { state, error } }: { readonly each: Try }) {
  const words = text.task.tries;
  if (state === "RETRY" && error?.type === "Retry") return <>{words.retriedAs(error.message)}</>;
  return (
    <>
      {state === "RETRY" ? words.retried : stateWord(state)}
      {error && (
        <>
          {": "}
          <b>{error.type}</b> {error.message}
        </>
      )}
    </>
  );
}

/** Characters that fit into one line of most screens. */
const LINE = 80;

/** In one line; a longer one opens. */
function Call({ call }: { readonly call: string }) {
  if (call.length <= LINE) return <code class="try-call soft">{call}</code>;
  return (
    <details class="try-call soft">
      <summary title={call}>
        <code>{call}</code>
      </summary>
    </details>
  );
}
