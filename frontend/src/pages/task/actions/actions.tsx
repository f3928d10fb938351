/** The actions of a task: revoke while it waits, terminate while it runs, retry when it has ended. */

import { useRef, useState } from "preact/hooks";
import { type Changes, type KeptCall, retry, revoke } from "../../../api/calls";
import { go, href } from "../../../browser/router";
import { isCallUnknown } from "../../../contract/known_by";
import type { Task } from "../../../contract/messages";
import { isEnded, isRunning, isTakenBack, wholePercent } from "../../../contract/progress";
import { may } from "../../../me/me";
import { text } from "../../../text";
import { actionText } from "../../../text/actions";
import { Act } from "../../../ui/act";
import { useAttempt } from "../../../ui/attempt";
import { Later, later } from "../../../ui/later";
import { ProblemView } from "../../../ui/problem";
import { hasOtherArguments } from "../tries/calls";
import { Again } from "./again";
import { NotifyButton } from "./notify_button";
import { RetryForm } from "./retry";

const load = later(() => import("./share"));

const words = actionText;

interface Props {
  readonly task: Task;
}

export function Actions({ task }: Props) {
  // One at a time: a form, or the question of what follows.
  const [open, setOpen] = useState<"form" | "share" | KeptCall | null>(null);
  const edit = useRef<HTMLButtonElement>(null);
  const share = useRef<HTMLButtonElement>(null);
  const { busy, problem, requested, end, again } = useActions(task);
  const ended = isEnded(task.state);
  const revoked = isTakenBack(task);
  const editing = open === "form";
  const sharing = open === "share";
  const close = () => {
    setOpen(null);
    (sharing ? share : edit).current?.focus();
  };
  return (
    <div class="actions" data-editing={editing || sharing || undefined}>
      <div class="actions-line">
        {ended && may("retry") && (
          <>
            {!isCallUnknown(task) && (
              <Again
                id={task.id}
                busy={busy}
                changed={hasOtherArguments(task)}
                kept={typeof open === "string" ? null : open}
                ask={setOpen}
                again={(changes) => void again(changes)}
              />
            )}
            {task.name !== null && (
              <button
                class="button button-plain"
                type="button"
                title={words.explainEdit}
                ref={edit}
                aria-expanded={editing}
                onClick={() => setOpen(editing ? null : "form")}
                onKeyDown={(event) => {
                  if (editing && event.key === "Escape") close();
                }}
              >
                {words.edit}
              </button>
            )}
          </>
        )}
        {!ended && may("revoke") && <EndTask task={task} revoked={revoked} busy={busy} end={end} />}
        {may("share") && (
          <button
            class="button button-plain"
            type="button"
            title={text.share.explain}
            ref={share}
            aria-expanded={sharing}
            onClick={() => setOpen(sharing ? null : "share")}
          >
            {text.share.share}
          </button>
        )}
        {!ended && <NotifyButton task={task} />}
        <span class="soft actions-words" role="status">
          {requested ?? (sharing ? null : explanation(task, revoked))}
        </span>
      </div>
      {editing && ended && (
        <RetryForm task={task} busy={busy} send={(changed) => void again(changed)} close={close} />
      )}
      {sharing && (
        <Later
          load={load}
          show={({ ShareForm }) => <ShareForm task={task} close={close} />}
          words={text.share.loading}
        />
      )}
      <ProblemView problem={problem} />
    </div>
  );
}

interface EndTaskProps {
  readonly task: Task;
  readonly revoked: boolean;
  readonly busy: boolean;
  readonly end: (terminate: boolean) => Promise<boolean>;
}

/** The button that ends a task before its time; absent once a waiting task was revoked. */
function EndTask({ task, revoked, busy, end }: EndTaskProps) {
  if (isRunning(task.state)) {
    return (
      <Act
        key="terminate"
        label={words.terminate}
        explain={words.explainTerminate}
        ask={{
          cost: words.costTerminate(wholePercent(task)),
          danger: true,
          agree: words.agreeTerminate,
        }}
        busy={busy}
        act={() => void end(true)}
      />
    );
  }
  if (revoked) return null;
  return (
    <Act
      key="revoke"
      label={words.revoke}
      explain={words.explainRevoke}
      ask={{
        cost: words.costRevoke(task.retries ?? 0),
        danger: true,
        agree: words.agreeRevoke,
      }}
      busy={busy}
      act={() => void end(false)}
    />
  );
}

/** What the first button does; or, once there is none, why. */
function explanation(task: Task, revoked: boolean): string | null {
  if (revoked) return words.revoking;
  if (isEnded(task.state)) return may("retry") ? explanationOfRetry(task) : null;
  if (!may("revoke")) return null;
  return isRunning(task.state) ? words.explainTerminate : words.explainRevoke;
}

function explanationOfRetry(task: Task): string {
  if (task.name === null) return words.unnamed;
  if (isCallUnknown(task)) return words.explainTyped;
  return hasOtherArguments(task) ? words.explainRetryFirst : words.explainRetry;
}

/** The calls, and what became of them. `requested` is said until the state of the task changes. */
function useActions(task: Task) {
  const { busy, problem, attempt } = useAttempt();
  const [asked, setAsked] = useState<{ readonly state: string; readonly words: string } | null>(
    null,
  );
  const end = (terminate: boolean) =>
    attempt(async () => {
      setAsked(null);
      await revoke(task.id, terminate);
      setAsked({ state: task.state, words: terminate ? words.terminating : words.revoking });
    });
  const again = (changes: Changes) =>
    attempt(async () => {
      setAsked(null);
      const { id } = await retry(task.id, changes);
      go(href({ page: "task", id }));
    });
  const requested = asked?.state === task.state ? asked.words : null;
  return { busy, problem, requested, end, again };
}
