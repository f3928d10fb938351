/** One job in the last hour: how it went, its failures, its slowest runs, and its longest waits. */

import "../../../styles/opened.css";
import "../../../styles/pages/activity.css";

import { useMemo } from "preact/hooks";
import { type Column, styleOf } from "../../../browser/columns";
import { href, listOf } from "../../../browser/router";
import { useLayout } from "../../../browser/width";
import { ENDED, ROWS_LIMIT, WAITING } from "../../../contract/generated";
import { asPicture, HOUR } from "../../../contract/hour";
import type { State, Task } from "../../../contract/messages";
import { tick, useWatch } from "../../../live/hooks";
import type { Store } from "../../../live/store";
import { may } from "../../../me/me";
import { activityText } from "../../../text/activity/page";
import { duration, number } from "../../../text/format";
import { RowHead } from "../../../ui/task_row/head";
import { Row } from "../../../ui/task_row/row";
import { longestWaits, slowest } from "./extremes";

const words = activityText.job;

/** Rows of each table at most. */
const SHOWN = 8;

const COLUMNS: readonly Column[] = [
  "says",
  "bar",
  "percent",
  "left",
  "queue",
  "worker",
  "waited",
  "ran",
  "age",
];

interface Props {
  readonly name: string;
  readonly board: unknown;
}

export function Job({ name, board }: Props) {
  const failures = useHour(name, ["FAILURE", "LOST"]);
  const ended = useHour(name, ENDED);
  const waiting = useHour(name, WAITING);
  const slow = useMemo(() => slowest(tasksOf(ended)), [ended.ids.value]);
  const wait = useMemo(() => {
    // Of those that wait now, where any does: they are what one can do something about.
    const now = tick.peek();
    const ids = longestWaits(tasksOf(waiting), now);
    if (ids.length > 0) return { store: waiting, ids };
    return { store: ended, ids: longestWaits(tasksOf(ended), now) };
  }, [waiting, waiting.ids.value, ended, ended.ids.value]);
  return (
    <>
      <p class="job-links">
        <a href={listOf("name", name)}>{words.list}</a>
        {may("launch") && <a href={href({ page: "launch", job: name })}>{words.launch}</a>}
      </p>
      <Figures name={name} board={board} />
      <Rows
        title={words.failures}
        none={words.noFailure}
        store={failures}
        ids={failures.ids.value}
      />
      <Rows title={words.slowest} none={words.noRun} store={ended} ids={slow} />
      <Rows title={words.waits} none={words.noWait} store={wait.store} ids={wait.ids} />
    </>
  );
}

/** The newest tasks of that name in these states, of those that were sent in the last hour. */
function useHour(name: string, state: readonly State[]): Store {
  return useWatch({ view: { name, state, within: HOUR, limit: ROWS_LIMIT } });
}

function tasksOf(store: Store): readonly Task[] {
  return store.ids.value.flatMap((id) => store.task(id)?.peek() ?? []);
}

function Figures({ name, board }: Props) {
  const job = asPicture(board)?.jobs.find((each) => each.name === name);
  if (!job) return <p class="soft block">{words.unknown}</p>;
  const times = (["p50", "p95", "p99"] as const).map((key) => ({
    key,
    label: activityText.column[key],
    value: job[key] === null ? activityText.unknown : duration(job[key]),
  }));
  const shown = [
    { key: "ended", label: words.ended, value: number(job.count) },
    { key: "failed", label: words.failed, value: activityText.share(job.failed, job.count) },
    ...times,
  ];
  return (
    <dl class="figures" aria-label={words.figures}>
      {shown.map(({ key, label, value }) => (
        <div key={key} data-figure={key} data-none={(key === "failed" && !job.failed) || undefined}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface RowsProps {
  readonly title: string;
  /** Said where there is none. */
  readonly none: string;
  readonly store: Store;
  readonly ids: readonly string[];
}

function Rows({ title, none, store, ids }: RowsProps) {
  const layout = useLayout(COLUMNS);
  const shown = ids.slice(0, SHOWN).flatMap((id) => store.task(id) ?? []);
  return (
    <section class="block" data-part={title}>
      <h2>{title}</h2>
      {shown.length > 0 ? (
        <div class="table" role="table" aria-label={title} style={styleOf(layout)}>
          <RowHead layout={layout} />
          {shown.map((task) => (
            <Row key={task.peek().id} task={task} layout={layout} />
          ))}
        </div>
      ) : (
        <p class="soft">{store.answered.value ? none : ""}</p>
      )}
      {shown.length > 0 && store.next.value !== null && (
        <p class="soft">{words.newest(ROWS_LIMIT)}</p>
      )}
    </section>
  );
}
