/** Actions on all tasks that were chosen. */

import { useEffect, useRef, useState } from "preact/hooks";
import { retry, revoke, type Submitted } from "../../../api/calls";
import type { Task } from "../../../contract/messages";
import { isEnded, isRunning } from "../../../contract/progress";
import { may } from "../../../me/me";
import { text } from "../../../text";
import { actionText } from "../../../text/actions";
import { number } from "../../../text/format";
import { Act } from "../../../ui/act";
import { Copy } from "../../../ui/copy/button";
import { problemOf } from "../../../ui/problem";
import type { Selection } from "../../../ui/task_row/selection";
import { Made } from "./made";

/** Calls at the same time: the server has other work to do. */
const CALLS_AT_ONCE = 4;

/** Calls the API for each task, and then shows what `done` says of those that succeeded. A call may answer with a task that it made. */
type Each = (
  tasks: readonly Task[],
  done: (count: number) => string,
  call: (id: string) => Promise<unknown>,
) => Promise<void>;

interface Props {
  readonly selection: Selection;
  readonly taskOf: (id: string) => Task | undefined;
  /** Moves the focus back to the row that had it last. */
  readonly back: () => void;
}

interface Outcome {
  readonly sentence: string;
  /** Ids of the tasks that were made. */
  readonly made: readonly string[];
}

export function Bulk({ selection, taskOf, back }: Props) {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const bar = useRef<HTMLDivElement>(null);
  // What was pressed is gone then, and would take the focus with it.
  useEffect(() => {
    if (outcome && document.activeElement === document.body) bar.current?.focus();
  }, [outcome]);
  const words = text.tasks.bulk;
  const ids = [...selection.ids.value];
  if (!ids.length && !outcome) return null;
  const leave = () => {
    selection.set([]);
    setOutcome(null);
    back();
  };
  const each: Each = async (tasks, done, call) => {
    setBusy(true);
    setOutcome(null);
    const { made, reasons } = await callAll(tasks, call);
    const refused = reasons.length ? ` ${words.refused(reasons.length, reasons[0] ?? "")}` : "";
    setOutcome({ sentence: `${done(tasks.length - reasons.length)}${refused}`, made });
    selection.set([]);
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
      {ids.length > 0 ? (
        <>
          <b>{words.chosen(ids.length)}</b>
          <BulkActions tasks={ids.flatMap((id) => taskOf(id) ?? [])} busy={busy} each={each} />
          <Copy text={ids.join("\n")} label={words.copy} />
          <button class="quiet" type="button" onClick={leave}>
            {words.clear}
          </button>
        </>
      ) : (
        <>
          <span role="status">{outcome?.sentence}</span>
          {outcome && outcome.made.length > 0 && (
            <Made key={outcome.made.join()} ids={outcome.made} />
          )}
          <button class="quiet" type="button" onClick={leave}>
            {words.close}
          </button>
        </>
      )}
    </div>
  );
}

interface ActionsProps {
  readonly tasks: readonly Task[];
  readonly busy: boolean;
  readonly each: Each;
}

/** For each action that the user may do a button with the number of tasks that it applies to. */
function BulkActions({ tasks, busy, each }: ActionsProps) {
  const words = text.tasks.bulk;
  const action = actionText;
  const waiting = tasks.filter(
    ({ state }) => may("revoke") && !isRunning(state) && !isEnded(state),
  );
  const running = tasks.filter(({ state }) => may("revoke") && isRunning(state));
  const ended = tasks.filter(({ state }) => may("retry") && isEnded(state));
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
          act={() => void each(waiting, words.revoked, (id) => revoke(id, false))}
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
          act={() => void each(running, words.terminated, (id) => revoke(id, true))}
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
                    act: () => void each(ended, words.retried, (id) => retry(id, { follow: true })),
                  },
                }
              : undefined
          }
          busy={busy}
          act={() => void each(ended, words.retried, (id) => retry(id))}
        />
      )}
    </>
  );
}

/** Calls the API for each task, a few at the same time; the ids of what it made, and why some failed. */
async function callAll(
  tasks: readonly Task[],
  call: (id: string) => Promise<unknown>,
): Promise<{ readonly made: readonly string[]; readonly reasons: readonly string[] }> {
  const made: string[] = [];
  const reasons: string[] = [];
  const left = tasks.map(({ id }) => id);
  const work = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        const answer = (await call(id)) as Submitted | undefined;
        if (answer) made.push(answer.id);
      } catch (reason) {
        reasons.push(problemOf(reason).sentence);
      }
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
  return { made, reasons };
}
