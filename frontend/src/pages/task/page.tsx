/** The page of one task. */

import "../../styles/opened.css";

import { windowWidth } from "../../browser/width";
import { wholePercent } from "../../contract/progress";
import { useWatch } from "../../live/hooks";
import { text } from "../../text";
import { taskText } from "../../text/task";
import { MailboxLink, sendsMail } from "../../ui/links/mailbox_link";
import { Loading } from "../../ui/loading";
import { Mark } from "../../ui/mark";
import { Course } from "./course";
import { Arguments, Facts } from "./facts";
import { TaskHead } from "./head";
import { Relations } from "./relations";
import { Failure, ResultView } from "./result/result_view";
import { Traceback } from "./result/traceback_view";
import { useTab } from "./tab";
import { Unattached } from "./unattached";

/** A narrower window has no room for a side beside what the task does (task.css). */
const SIDE_FROM_PIXELS = 1024;

export function TaskPage({ id }: { readonly id: string }) {
  const store = useWatch({ task: id });
  const answered = store.answered.value;
  const refusal = store.refusal.value;
  // Reading the ids subscribes to them: a task that is unknown now may become known.
  const task = store.ids.value.length ? store.task(id)?.value : undefined;
  const hasSide = windowWidth.value >= SIDE_FROM_PIXELS;
  useTab(id, task);

  if (refusal !== null) return <p class="notice">{text.problem.refused(refusal)}</p>;
  if (!answered) return <Loading title={id} words={text.loadingTask} />;
  if (!task) return <NotKnown id={id} />;
  return (
    <article
      class="task"
      data-task-page={task.id}
      data-state={task.state}
      data-percent={wholePercent(task) ?? undefined}
    >
      <TaskHead task={task} />
      <div class="task-columns">
        <div class="task-main">
          {task.error && <Failure error={task.error} state={task.state} />}
          {task.state === "SUCCESS" && <ResultView result={task.result} />}
          {task.state === "SUCCESS" && sendsMail(task) && <MailboxLink />}
          {!hasSide && <Arguments task={task} />}
          <Course task={task} log={store.log.value} addresses>
            {task.error?.traceback && <Traceback traceback={task.error.traceback} />}
          </Course>
        </div>
        <aside class="task-side">
          <Facts task={task} />
          {hasSide && <Arguments task={task} />}
          <Relations task={task} />
          <Unattached task={task} />
        </aside>
      </div>
    </article>
  );
}

/** The server knows of no task with this id. */
export function NotKnown({ id }: { readonly id: string }) {
  return (
    <div class="empty" data-task-page={id}>
      <Mark hollow />
      <h1>{taskText.unknownTitle}</h1>
      <p>{taskText.unknown}</p>
      <p class="mono soft">{id}</p>
    </div>
  );
}
