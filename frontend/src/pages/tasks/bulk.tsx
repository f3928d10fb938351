/** What can be done to all the tasks that were chosen. */

import { useState } from "preact/hooks";
import { retry, revoke } from "../../api/calls";
import type { Task } from "../../contract/messages";
import { isEnded, isRunning } from "../../contract/progress";
import { text } from "../../text";
import { number } from "../../text/format";
import { Act } from "../../ui/act";
import { Copy } from "../../ui/copy";
import { problemOf } from "../../ui/problem";
import type { Selection } from "../../ui/task_row/selection";

/** Calls under way at once: the server has other work to do. */
const AT_ONCE = 4;

interface Props {
  readonly selection: Selection;
  readonly taskOf: (id: string) => Task | undefined;
}

export function Bulk({ selection, taskOf }: Props) {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<string | null>(null);
  const ids = [...selection.ids.value];
  if (!ids.length && !outcome) return null;
  const tasks = ids.flatMap((id) => taskOf(id) ?? []);
  const waiting = tasks.filter(({ state }) => !isRunning(state) && !isEnded(state));
  const running = tasks.filter(({ state }) => isRunning(state));
  const ended = tasks.filter(({ state }) => isEnded(state));
  const words = text.tasks.bulk;

  const each = async (
    chosen: readonly Task[],
    done: (count: number) => string,
    call: (id: string) => Promise<unknown>,
  ) => {
    setBusy(true);
    setOutcome(null);
    const reasons: string[] = [];
    const left = chosen.map(({ id }) => id);
    const work = async () => {
      for (let id = left.shift(); id !== undefined; id = left.shift()) {
        try {
          await call(id);
        } catch (reason) {
          reasons.push(problemOf(reason).sentence);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const refused = reasons.length ? ` ${words.refused(reasons.length, reasons[0] ?? "")}` : "";
    setOutcome(`${done(chosen.length - reasons.length)}${refused}`);
    selection.set([]);
    setBusy(false);
  };

  return (
    <div class="bulk" role="region" aria-label={words.label}>
      {ids.length > 0 ? (
        <>
          <b>{words.chosen(ids.length)}</b>
          {waiting.length > 0 && (
            <Act
              label={`${text.task.action.revoke} ${number(waiting.length)}`}
              explain={text.task.action.explainRevoke}
              ask={{ cost: words.costRevoke(waiting.length), agree: words.agreeRevoke }}
              busy={busy}
              act={() => void each(waiting, words.revoked, (id) => revoke(id, false))}
            />
          )}
          {running.length > 0 && (
            <Act
              label={`${text.task.action.terminate} ${number(running.length)}`}
              explain={text.task.action.explainTerminate}
              ask={{ cost: words.costTerminate(running.length), agree: words.agreeTerminate }}
              busy={busy}
              act={() => void each(running, words.terminated, (id) => revoke(id, true))}
            />
          )}
          {ended.length > 0 && (
            <Act
              label={`${text.task.action.retry} ${number(ended.length)}`}
              explain={text.task.action.explainRetry}
              ask={
                ended.length > 1
                  ? { cost: words.costRetry(ended.length), agree: words.agreeRetry }
                  : undefined
              }
              busy={busy}
              act={() => void each(ended, words.retried, (id) => retry(id))}
            />
          )}
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
