/** Actions on all tasks that were chosen. */

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Changes, retry, revoke } from "../../../api/calls";
import type { Task } from "../../../contract/messages";
import { isEnded, isRunning } from "../../../contract/progress";
import { may } from "../../../me/me";
import { text } from "../../../text";
import { actionText } from "../../../text/actions";
import { number } from "../../../text/format";
import { Act } from "../../../ui/act";
import { Copy } from "../../../ui/copy/button";
import type { Selection } from "../../../ui/task_row/selection";
import type { Listing } from "../table/table";
import { Made } from "./made";
import { callAll, type Operation, sentenceOf } from "./operation";

interface Props {
  readonly selection: Selection;
  readonly listing: RefObject<Listing>;
}

interface Outcome {
  readonly sentence: string;
  /** Ids of the tasks that were made. */
  readonly made: readonly string[];
  /** What was chosen then. */
  readonly left: ReadonlySet<string>;
}

export function Bulk({ selection, listing }: Props) {
  const [busy, setBusy] = useState(false);
  const [last, setOutcome] = useState<Outcome | null>(null);
  const bar = useRef<HTMLDivElement>(null);
  const words = text.tasks.bulk;
  const ids = [...selection.ids.value];
  // Until other tasks are chosen.
  const outcome = last?.left === selection.ids.value ? last : null;
  // What was pressed is gone then, or what was asked once it fits no more, and would take the focus with it.
  const keepFocus = () => {
    if (document.activeElement === document.body) bar.current?.focus();
  };
  const within = bar.current?.contains(document.activeElement);
  useLayoutEffect(() => {
    if (within) keepFocus();
  });
  useEffect(() => {
    if (last) keepFocus();
  }, [last]);
  if (!ids.length && !outcome) return null;
  const leave = () => {
    selection.set([]);
    setOutcome(null);
    listing.current.back();
  };
  const act = async (operation: Operation) => {
    setBusy(true);
    setOutcome(null);
    const result = await callAll(operation, (id) => listing.current.taskOf(id));
    // What nobody answered, and what was chosen meanwhile, can be tried again.
    const over = new Set([...result.done, ...result.refused.map(({ id }) => id)]);
    selection.set([...selection.ids.peek()].filter((id) => !over.has(id)));
    const sentence = sentenceOf(operation, result);
    setOutcome({ sentence, made: result.made, left: selection.ids.peek() });
    setBusy(false);
  };
  return (
    <div
      ref={bar}
      class="bulk"
      role="region"
      aria-label={words.label}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        leave();
      }}
    >
      {outcome && <span role="status">{outcome.sentence}</span>}
      {outcome && outcome.made.length > 0 && <Made key={outcome.made.join()} ids={outcome.made} />}
      {ids.length > 0 && (
        <>
          <b>{words.chosen(ids.length)}</b>
          <BulkActions
            tasks={ids.flatMap((id) => listing.current.signalOf(id)?.value ?? [])}
            busy={busy}
            act={act}
          />
          <Copy text={ids.join("\n")} label={words.copy} />
        </>
      )}
      <button class="quiet" type="button" onClick={leave}>
        {ids.length > 0 ? words.clear : words.close}
      </button>
    </div>
  );
}

interface ActionsProps {
  readonly tasks: readonly Task[];
  readonly busy: boolean;
  readonly act: (operation: Operation) => Promise<void>;
}

const waits = ({ state }: Task) => !isRunning(state) && !isEnded(state);
const runs = ({ state }: Task) => isRunning(state);
const hasEnded = ({ state }: Task) => isEnded(state);

/** For each action that the user may do a button with the number of tasks that it applies to. */
function BulkActions({ tasks, busy, act }: ActionsProps) {
  const words = text.tasks.bulk;
  const action = actionText;
  const waiting = may("revoke") ? tasks.filter(waits) : [];
  const running = may("revoke") ? tasks.filter(runs) : [];
  const ended = may("retry") ? tasks.filter(hasEnded) : [];
  const revokeAll = (): Operation => ({
    ...{ tasks: waiting, fits: waits, done: words.revoked },
    call: (id) => revoke(id, false),
  });
  const terminateAll = (): Operation => ({
    ...{ tasks: running, fits: runs, done: words.terminated },
    call: (id) => revoke(id, true),
  });
  const retryAll = (changes?: Changes): Operation => ({
    ...{ tasks: ended, fits: hasEnded, done: words.retried },
    call: (id) => retry(id, changes),
  });
  return (
    <>
      {waiting.length > 0 && (
        <Act
          label={`${action.revoke} ${number(waiting.length)}`}
          explain={action.explainRevoke}
          ask={{
            cost: words.costRevoke(waiting.length),
            danger: true,
            agree: words.agreeRevoke,
            keep: words.keepRevoke,
          }}
          busy={busy}
          act={() => void act(revokeAll())}
        />
      )}
      {running.length > 0 && (
        <Act
          label={`${action.terminate} ${number(running.length)}`}
          explain={action.explainTerminate}
          ask={{
            cost: words.costTerminate(running.length),
            danger: true,
            agree: words.agreeTerminate,
            keep: words.keepTerminate,
          }}
          busy={busy}
          act={() => void act(terminateAll())}
        />
      )}
      {ended.length > 0 && (
        <Act
          kind="retry"
          label={`${action.retry} ${number(ended.length)}`}
          explain={action.explainRetry}
          ask={
            ended.length > 1
              ? {
                  cost: words.costRetry(ended.length),
                  agree: words.agreeRetry,
                  keep: words.keepRetry,
                  also: {
                    label: words.agreeFollow,
                    act: () => void act(retryAll({ follow: true })),
                  },
                }
              : undefined
          }
          busy={busy}
          act={() => void act(retryAll())}
        />
      )}
    </>
  );
}
