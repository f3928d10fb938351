/** What can be done to a task: revoke while it waits, terminate while it runs, retry when it has ended. */

import { useState } from "preact/hooks";
import { retry, revoke } from "../../api/calls";
import { go, href } from "../../browser/router";
import type { LogEntry, Task } from "../../contract/messages";
import { isEnded, isRunning, wholePercent } from "../../contract/progress";
import { text } from "../../text";
import { Act } from "../../ui/act";
import { ProblemView, problemOf, useProblem } from "../../ui/problem";
import { isRevoked } from "./log/log_lines";
import { NotifyButton } from "./notify_button";
import { RetryForm } from "./retry";

interface Props {
  readonly task: Task;
  readonly log: readonly LogEntry[];
}

export function Actions({ task, log }: Props) {
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState<{ readonly state: string; readonly words: string } | null>(
    null,
  );
  const [editing, setEditing] = useState(false);
  const [problem, setProblem] = useProblem();
  const words = text.task.action;
  const ended = isEnded(task.state);
  const revoked = isRevoked(log, task);
  const explain = revoked
    ? words.revoking
    : ended
      ? words.explainRetry
      : isRunning(task.state)
        ? words.explainTerminate
        : words.explainRevoke;

  const attempt = async (call: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    setAsked(null);
    try {
      await call();
    } catch (reason) {
      setProblem(problemOf(reason));
    } finally {
      setBusy(false);
    }
  };
  const end = (terminate: boolean) =>
    attempt(async () => {
      await revoke(task.id, terminate);
      setAsked({ state: task.state, words: terminate ? words.terminating : words.revoking });
    });
  const again = (changed: { args?: unknown[]; kwargs?: Record<string, unknown> } = {}) =>
    attempt(async () => {
      const { id } = await retry(task.id, changed);
      go(href({ page: "task", id }));
    });

  return (
    <div class="actions" data-editing={editing || undefined}>
      <div class="actions-line">
        {ended ? (
          <>
            <Act
              label={words.retry}
              explain={words.explainRetry}
              busy={busy}
              act={() => void again()}
            />
            <button
              class="button button-plain"
              type="button"
              title={words.explainEdit}
              aria-expanded={editing}
              onClick={() => setEditing(!editing)}
            >
              {words.edit}
            </button>
          </>
        ) : isRunning(task.state) ? (
          <Act
            key="terminate"
            label={words.terminate}
            explain={words.explainTerminate}
            ask={{ cost: words.costTerminate(wholePercent(task)), agree: words.agreeTerminate }}
            busy={busy}
            act={() => void end(true)}
          />
        ) : revoked ? null : (
          <Act
            key="revoke"
            label={words.revoke}
            explain={words.explainRevoke}
            ask={{ cost: words.costRevoke(task.retries ?? 0), agree: words.agreeRevoke }}
            busy={busy}
            act={() => void end(false)}
          />
        )}
        {!ended && <NotifyButton task={task} />}
        <span class="soft actions-words" role="status">
          {asked?.state === task.state ? asked.words : explain}
        </span>
      </div>
      {editing && ended && (
        <RetryForm task={task} busy={busy} send={(changed) => void again(changed)} />
      )}
      <ProblemView problem={problem} />
    </div>
  );
}
