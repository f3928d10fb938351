/** The head of the task page: name, progress, pace, and the actions. */

import { lastList } from "../../browser/router";
import { withoutEscapes } from "../../contract/escapes";
import type { State, Task } from "../../contract/messages";
import {
  isEnded,
  isRetried,
  isRunning,
  isTakenBack,
  pace,
  wholePercent,
} from "../../contract/progress";
import { tick } from "../../live/hooks";
import { text } from "../../text";
import { called, left, percent as percentText } from "../../text/format";
import { outcome, revokedText, says, spoken, stateWord } from "../../text/states";
import { taskText } from "../../text/task";
import { Bar } from "../../ui/bar";
import { Glyph } from "../../ui/glyph";
import { ListLink } from "../../ui/links/list_link";
import { speed, useRemaining } from "../../ui/task_row/pace";
import { Actions } from "./actions/actions";
import { stepAmount } from "./parts";
import { Times } from "./times";

/** The time of the end is told from this many seconds left on. */
const DONE_AT_FROM_SECONDS = 60;

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

interface Props {
  readonly task: Task;
}

interface SummaryProps extends Props {
  /** Whether its name leads to the list of its like. */
  readonly linked?: boolean;
}

export function TaskHead({ task }: Props) {
  return (
    <header class="task-head">
      <a class="task-back" href={lastList}>
        {taskText.back}
      </a>
      <Summary task={task} linked />
      <Actions task={task} />
    </header>
  );
}

/** What it is called, what it says, and how far it is. */
export function Summary({ task, linked = false }: SummaryProps) {
  const percent = wholePercent(task);
  const ended = isEnded(task.state);
  const name = called(task);
  return (
    <>
      <div class="task-title" data-retried={isRetried(task) || undefined}>
        <Glyph state={task.state} percent={percent} />
        <h1 title={task.name ?? task.id}>{name}</h1>
        {task.label && task.name && (
          <code class="task-name">
            {linked ? (
              <ListLink of="name" value={task.name}>
                {task.name}
              </ListLink>
            ) : (
              task.name
            )}
          </code>
        )}
        {ended && <Outcome task={task} />}
        <p class="task-says">{ended ? last(task) : says(task)}</p>
      </div>
      <div class="task-progress">
        {percent !== null && !ended && <span class="task-percent">{percentText(percent)}</span>}
        {(percent !== null || !ended) && (
          <Bar
            size={ended ? "step" : "large"}
            tone={TONE[task.state]}
            percent={task.state === "SUCCESS" ? 100 : task.percent}
            label={name}
            value={spoken(task, percent)}
          />
        )}
        {!ended && <Pace task={task} />}
      </div>
      <Times task={task} />
    </>
  );
}

/** How fast it runs and how long it still takes; or what it waits for. */
function Pace({ task }: Props) {
  const step = pace(task);
  const now = tick.value;
  const remaining = useRemaining(task, step?.eta ?? null, now);
  return (
    <p class="task-pace">
      {isRunning(task.state) ? (
        <>
          {step && <span>{stepAmount(step)}</span>}
          {step && <span>{speed(step)}</span>}
          {remaining !== null && <span>{left(remaining)}</span>}
          {remaining !== null && remaining >= DONE_AT_FROM_SECONDS && (
            <span>{taskText.doneAt(now + remaining)}</span>
          )}
          {!step && <span>{stateWord(task.state)}</span>}
        </>
      ) : (
        <Outcome task={task} />
      )}
    </p>
  );
}

/** How it ended, and how far it was then; or what it waits for. */
function Outcome({ task }: Props) {
  const now = tick.value;
  const percent = isEnded(task.state) && task.state !== "SUCCESS" ? wholePercent(task) : null;
  return (
    <span class="outcome" data-state={task.state}>
      {isTakenBack(task) ? revokedText(task.eta !== null && task.eta > now) : outcome(task, now)}
      {percent !== null && taskText.at(percentText(percent))}
      {isRetried(task) && `, ${text.tasks.retried}`}
    </span>
  );
}

/** What it said last; not that it was revoked, which the outcome says. */
function last(task: Task): string {
  const said = withoutEscapes(task.message ?? "");
  return task.state === "REVOKED" && said.includes(outcome(task, tick.value)) ? "" : said;
}
