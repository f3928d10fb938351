/** One task: how far it is, what it said, and what came of it. */

import { useEffect } from "preact/hooks";
import { lastList } from "../../browser/router";
import { iconTask } from "../../browser/tab_icon";
import type { LogEntry, State, Step, Task } from "../../contract/messages";
import {
  depth,
  isEnded,
  isRunning,
  outline,
  pace,
  stepPercent,
  wholePercent,
} from "../../contract/progress";
import { tick, useWatch } from "../../live/hooks";
import { text } from "../../text";
import { amount, left, percent as percentText, shortName } from "../../text/format";
import { outcome, says, spoken, stateWord } from "../../text/states";
import { Bar } from "../../ui/bar";
import { Glyph } from "../../ui/glyph";
import { Loading } from "../../ui/loading";
import { MailboxLink, sendsMail } from "../../ui/mailbox_link";
import { Mark } from "../../ui/mark";
import { speed, useRemaining } from "../../ui/task_row/pace";
import { Actions } from "./actions";
import { Arguments, Facts } from "./facts";
import { isRevoked } from "./log/log_lines";
import { Log } from "./log/log_view";
import { Relations } from "./relations";
import { Failure, ResultView } from "./result/result_view";
import { TimelineView } from "./timeline/timeline_view";

export function TaskPage({ id }: { readonly id: string }) {
  const store = useWatch({ task: id });
  const answered = store.answered.value;
  const refusal = store.refusal.value;
  // Reading the ids is what shows a task that becomes known while one waits for it.
  const task = store.ids.value.length ? store.task(id)?.value : undefined;
  useLook(id, task);

  if (refusal !== null) return <p class="notice">{text.problem.refused(refusal)}</p>;
  if (!answered) return <Loading title={id} words={text.task.loading} />;
  if (!task) return <NotKnown id={id} />;
  return (
    <article
      class="task"
      data-task-page={task.id}
      data-state={task.state}
      data-percent={wholePercent(task) ?? undefined}
    >
      <Head task={task} log={store.log.value} />
      <div class="task-columns">
        <div class="task-main">
          {task.error && <Failure error={task.error} state={task.state} />}
          {task.state === "SUCCESS" && <ResultView result={task.result} />}
          {task.state === "SUCCESS" && sendsMail(task) && <MailboxLink />}
          <Steps task={task} />
          <TimelineView task={task} log={store.log.value} />
          <Log id={task.id} entries={store.log.value} />
        </div>
        <aside class="task-side">
          <Facts task={task} />
          <Arguments task={task} />
          <Relations task={task} />
        </aside>
      </div>
    </article>
  );
}

/** The tab's title and icon tell the same as the page. */
function useLook(id: string, task: Task | undefined): void {
  const percent = task ? wholePercent(task) : null;
  const state = task?.state;
  const name = shortName(task?.name ?? id);
  useEffect(() => {
    iconTask.value = state ? { state, percent } : null;
    const lead = !state
      ? ""
      : isRunning(state) && percent !== null
        ? `${percentText(percent)} `
        : `${stateWord(state)} · `;
    document.title = `${lead}${name} · ${text.name}`;
  }, [state, percent, name]);
  useEffect(
    () => () => {
      iconTask.value = null;
    },
    [],
  );
}

function NotKnown({ id }: { readonly id: string }) {
  return (
    <div class="empty" data-task-page={id}>
      <Mark hollow />
      <h1>{text.task.unknownTitle}</h1>
      <p>{text.task.unknown}</p>
      <p class="mono soft">{id}</p>
    </div>
  );
}

const TONE: Readonly<Record<State, "running" | "done" | "failed" | "still">> = {
  PENDING: "still",
  RECEIVED: "still",
  STARTED: "running",
  PROGRESS: "running",
  RETRY: "still",
  SUCCESS: "done",
  FAILURE: "failed",
  REVOKED: "still",
  LOST: "still",
};

function Head({ task, log }: { readonly task: Task; readonly log: readonly LogEntry[] }) {
  const percent = wholePercent(task);
  const name = task.name ?? task.id;
  const step = pace(task);
  const remaining = useRemaining(task, step?.eta ?? null);
  const now = tick.value;
  return (
    <header class="task-head">
      <a class="task-back" href={lastList}>
        {text.task.back}
      </a>
      <div class="task-title">
        <Glyph state={task.state} percent={percent} />
        <h1 title={name}>{shortName(name)}</h1>
        <p class="task-says">{isEnded(task.state) ? (task.message ?? "") : says(task)}</p>
      </div>
      <div class="task-progress">
        {percent !== null && <span class="task-percent">{percentText(percent)}</span>}
        {(percent !== null || !isEnded(task.state)) && (
          <Bar
            size="large"
            tone={TONE[task.state]}
            percent={task.state === "SUCCESS" ? 100 : task.percent}
            label={name}
            value={spoken(task, percent)}
          />
        )}
        <p class="task-pace">
          {isRunning(task.state) ? (
            <>
              {step && <span>{stepAmount(step)}</span>}
              {step && <span>{speed(step)}</span>}
              {remaining !== null && <span>{left(remaining)}</span>}
              {remaining !== null && remaining >= 60 && (
                <span>{text.task.doneAt(now + remaining)}</span>
              )}
              {!step && <span>{stateWord(task.state)}</span>}
            </>
          ) : (
            <span class="outcome" data-state={task.state}>
              {isRevoked(log, task)
                ? text.task.action.revoked(task.eta !== null && task.eta > now)
                : outcome(task, now)}
            </span>
          )}
        </p>
      </div>
      <Actions task={task} log={log} />
    </header>
  );
}

function Steps({ task }: { readonly task: Task }) {
  // One unnamed step is what the large bar already shows.
  if (!task.steps.length || (task.steps.length === 1 && !task.steps[0]?.description)) return null;
  return (
    <section class="block">
      <h2>{text.task.steps}</h2>
      <ol class="steps">
        {outline(task.steps).map((step) => (
          <StepLine key={step.key} step={step} running={isRunning(task.state)} />
        ))}
      </ol>
    </section>
  );
}

/** "3 of 12 sizes" on the way, "12 sizes" when it is over. A figure alone, of nothing, is no news. */
function stepAmount(step: Step): string {
  const total = step.current === step.total ? null : step.total;
  return total === null && !step.unit ? "" : amount(step.current, total, step.unit);
}

function StepLine({ step, running }: { readonly step: Step; readonly running: boolean }) {
  const percent = stepPercent(step);
  const active = running && !step.done;
  return (
    <li
      class="step"
      data-step={step.key}
      data-done={step.done || undefined}
      style={{ "--depth": depth(step) }}
    >
      <span class="step-name" title={step.description}>
        {step.description || step.key}
      </span>
      <Bar
        size="step"
        tone={step.done ? "done" : active ? "running" : "still"}
        percent={percent}
        label={step.description || step.key}
      />
      <span class="step-percent">{percent === null ? "" : percentText(percent)}</span>
      <span class="step-amount">{stepAmount(step)}</span>
      <span class="step-rate">{active ? speed(step) : ""}</span>
      <span class="step-left">{active && step.eta != null ? left(step.eta) : ""}</span>
    </li>
  );
}
