/** Why a try of a task ended, who ran it, and what it was called with. */

import type { Try } from "../../../contract/messages";
import { dateTime } from "../../../text/format";
import { stateWord } from "../../../text/states";
import { taskText } from "../../../text/task";

interface Props {
  readonly each: Try;
  /** What it was called with; null where that is not to be said. */
  readonly call: string | null;
}

export function Cause({ each, call }: Props) {
  const { started_at: started, worker } = each;
  const facts = [worker, started === null ? null : dateTime(started)].filter(Boolean).join(" · ");
  return (
    <div class="lane-cause">
      <p>
        {each.error && <Ended each={each} />} <span class="soft">{facts}</span>
      </p>
      {call !== null && <Call call={call} />}
    </div>
  );
}

/** What came of it, and why. */
function Ended({ each: { state, error } }: { readonly each: Try }) {
  const words = taskText.tries;
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
