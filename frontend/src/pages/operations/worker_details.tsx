/** All that a worker tells of itself; it is asked when somebody opens this, and again when they say so. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { worker as ask } from "../../api/calls";
import { href } from "../../browser/router";
import type { HeldTask, WorkerAnswers } from "../../contract/boards";
import { dateTime, shortName } from "../../text/format";
import { workersText } from "../../text/operations";
import { flat } from "./flat";

const words = workersText.details;

type Answer = WorkerAnswers | Error | null;

export function WorkerDetails({ name }: { readonly name: string }) {
  const [answer, setAnswer] = useState<Answer>(null);
  const look = () => {
    setAnswer(null);
    ask(name).then(setAnswer, setAnswer);
  };
  return (
    <details
      class="worker-details"
      onToggle={(event) => {
        if (event.currentTarget.open) look();
      }}
    >
      <summary>{words.all}</summary>
      {answer === null ? (
        <p class="soft">{words.asking}</p>
      ) : answer instanceof Error ? (
        <p class="notice">{answer.message}</p>
      ) : (
        <Told answers={answer} />
      )}
      {answer !== null && (
        <button type="button" class="quiet" onClick={look}>
          {words.again}
        </button>
      )}
    </details>
  );
}

function Told({ answers }: { readonly answers: WorkerAnswers }) {
  const { pool, broker, total, rusage, ...other } = answers.stats;
  const { active, reserved, scheduled, revoked } = answers.counts;
  return (
    <>
      <p class="soft">{dateTime(answers.heard_at)}</p>
      <Section title={words.pool} value={pool} />
      <Tasks title={words.active} tasks={answers.active} count={active} />
      <Tasks title={words.reserved} tasks={answers.reserved} count={reserved} />
      <Tasks title={words.scheduled} tasks={answers.scheduled} count={scheduled} />
      <Revoked ids={answers.revoked} count={revoked} />
      <Section title={words.total} value={total} />
      <Section title={words.queues} value={byName(answers.queues)} />
      <Part title={words.registered}>
        <p class="mono">{answers.registered?.join(", ") ?? words.unanswered}</p>
      </Part>
      <Section title={words.broker} value={broker} />
      <Section title={words.conf} value={answers.conf} />
      <Section title={words.rusage} value={rusage} />
      <Section title={words.other} value={other} />
    </>
  );
}

function byName(queues: WorkerAnswers["queues"]): unknown {
  return queues && Object.fromEntries(queues.map(({ name, ...queue }) => [String(name), queue]));
}

function Part({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="worker-part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** What is nested is written as a path: `pool.timeouts`. */
function Section({ title, value }: { readonly title: string; readonly value: unknown }) {
  const rows = flat(value);
  return (
    <Part title={title}>
      {value === null ? (
        <p class="soft">{words.unanswered}</p>
      ) : rows.length === 0 ? (
        <p class="soft">{words.nothing}</p>
      ) : (
        <dl class="facts">
          {rows.map(([name, text]) => (
            <div key={name} class="fact">
              <dt>{name}</dt>
              <dd class="mono">{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </Part>
  );
}

interface TasksProps {
  readonly title: (count: number) => string;
  readonly tasks: readonly HeldTask[] | null;
  readonly count: number | undefined;
}

function Tasks({ title, tasks, count = 0 }: TasksProps) {
  const more = count - (tasks?.length ?? 0);
  return (
    <Part title={title(count)}>
      {tasks === null && <p class="soft">{words.unanswered}</p>}
      <ul>
        {tasks?.map((task) => (
          <li key={task.id}>
            <a href={href({ page: "task", id: task.id })}>{shortName(task.name ?? task.id)}</a>{" "}
            <span class="soft mono">
              {[task.args, task.kwargs].filter((text) => text && text !== "{}").join(" ")}
            </span>{" "}
            <span class="soft">{about(task)}</span>
          </li>
        ))}
      </ul>
      {more > 0 && <p class="soft">{words.more(more)}</p>}
    </Part>
  );
}

function about(task: HeldTask): string {
  const says = [
    task.worker_pid !== null && words.process(task.worker_pid),
    task.time_start !== null && words.since(task.time_start),
    task.eta !== null && words.eta(task.eta),
    task.acknowledged === true && words.acknowledged,
    flat(task.delivery_info)
      .map(([name, text]) => `${name} ${text}`)
      .join(", "),
  ];
  return says.filter(Boolean).join(" · ");
}

function Revoked({
  ids,
  count = 0,
}: {
  readonly ids: readonly string[] | null;
  readonly count: number | undefined;
}) {
  const more = count - (ids?.length ?? 0);
  return (
    <Part title={words.revoked(count)}>
      {ids === null && <p class="soft">{words.unanswered}</p>}
      <ul class="mono">
        {ids?.map((id) => (
          <li key={id}>
            <a href={href({ page: "task", id })}>{id}</a>
          </li>
        ))}
      </ul>
      {more > 0 && <p class="soft">{words.more(more)}</p>}
    </Part>
  );
}
