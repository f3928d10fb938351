/** Actions on all tasks that were chosen. */

import { useState } from "preact/hooks";
import { retry, revoke } from "../../api/calls";
import type { Task } from "../../contract/messages";
import { isEnded, isRunning } from "../../contract/progress";
import { may } from "../../me/me";
import { text } from "../../text";
import { number } from "../../text/format";
import { Act } from "../../ui/act";
import { Copy } from "../../ui/copy/button";
import { problemOf } from "../../ui/problem";
import type { Selection } from "../../ui/task_row/selection";

/** Calls at the same time: the server has other work to do. */
const CALLS_AT_ONCE = 4;

/** Calls the API for each task, and then shows what `done` says of those that succeeded. */
type Each = (
  tasks: readonly Task[],
  done: (count: number) => string,
  call: (id: string) => Promise<unknown>,
) => Promise<void>;

interface Props {
  readonly selection: Selection;
  readonly taskOf: (id: string) => Task | undefined;
}

export function Bulk({ selection, taskOf }: Props) {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<string | null>(null);
  const words = text.tasks.bulk;
  const ids = [...selection.ids.value];
  if (!ids.length && !outcome) return null;

  const each: Each = async (tasks, done, call) => {
    setBusy(true);
    setOutcome(null);
    const reasons = await callAll(tasks, call);
    const refused = reasons.length ? ` ${words.refused(reasons.length, reasons[0] ?? "")}` : "";
    setOutcome(`${done(tasks.length - reasons.length)}${refused}`);
    selection.set([]);
    setBusy(false);
  };
  return (
    <div class="bulk" role="region" aria-label={words.label}>
      {ids.length > 0 ? (
        <>
          <b>{words.chosen(ids.length)}</b>
          <BulkActions tasks={ids.flatMap((id) => taskOf(id) ?? [])} busy={busy} each={each} />
          <Copy text={ids.join("\n")} label={words.copy} />
          <button class="quiet" type="button" onClick={() => selection.set([])}>
            {words.clear}
          </button>
        </>
      ) : (
        <>
          <span role="status">{outcome}</span>
          <button class="quiet" type="button" onClick={() => setOutcome(null)}>
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
  const { action } = text.task;
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
          ask={{ cost: words.costRevoke(waiting.length), danger: true, agree: words.agreeRevoke }}
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
          }}
          busy={busy}
          act={() => void each(running, words.terminated, (id) => revoke(id, true))}
        />
      )}
      {ended.length > 0 && (
        <Act
          label={`${action.retry} ${number(ended.length)}`}
          explain={action.explainRetry}
          ask={
            ended.length > 1
              ? {
                  cost: words.costRetry(ended.length),
                  agree: words.agreeRetry,
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

/** Calls the API for each task, a few at the same time; returns why some failed. */
async function callAll(
  tasks: readonly Task[],
  call: (id: string) => Promise<unknown>,
): Promise<string[]> {
  const reasons: string[] = [];
  const left = tasks.map(({ id }) => id);
  const work = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        await call(id);
      } catch (reason) {
        reasons.push(problemOf(reason).sentence);
      }
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
  return reasons;
}
