/** The page of workers: pool and slots of each, and the tasks that run in them. */

import { styleOf, USUAL } from "../../browser/columns";
import { href, listOf } from "../../browser/router";
import { useLayout } from "../../browser/width";
import { asTruth, asWorkers, free, type RunningTask, type Worker } from "../../contract/boards";
import { ENDED, ROWS_LIMIT, RUNNING } from "../../contract/generated";
import { tick, useBoard, useWatch } from "../../live/hooks";
import type { Store } from "../../live/store";
import { dateTime, shortName, stopwatch } from "../../text/format";
import { workersText as words } from "../../text/operations";
import { stateWord } from "../../text/states";
import { Mark } from "../../ui/mark";
import { Row } from "../../ui/task_row/row";
import { BoardView } from "./board_view";
import { WorkerDetails } from "./worker_details";

export function Workers() {
  const board = useBoard("workers");
  const running = useWatch({ view: { state: RUNNING, limit: ROWS_LIMIT } });
  const picture = board.picture.value;
  const workers = asWorkers(picture);
  const truth = asTruth(picture);
  const known = truth.known || truth.stale_since !== null;
  return (
    <BoardView board={board} words={words} ready={workers !== null && known}>
      {workers?.length === 0 && truth.stale_since === null && <NoWorker />}
      <ul class="workers">
        {workers?.map((worker) => (
          <WorkerView key={`${worker.name} ${worker.pid}`} worker={worker} store={running} />
        ))}
      </ul>
    </BoardView>
  );
}

/** The worker is named above its tasks. */
const WORKER_COLUMNS = USUAL.filter((column) => column !== "worker");

function WorkerView({ worker, store }: { readonly worker: Worker; readonly store: Store }) {
  const now = tick.value;
  const layout = useLayout(WORKER_COLUMNS);
  const idle = free(worker);
  const says = [
    words.pool(worker.pool, worker.slots),
    worker.queues.length > 0 && <Queues names={worker.queues} />,
    worker.online && worker.since !== null && words.up(now - worker.since),
    worker.processed > 0 && words.processed(worker.processed),
    worker.load.length > 0 && words.load(worker.load),
    worker.namesakes > 0 && words.namesakes(worker.pid),
    worker.online && !worker.answers && words.silent,
  ];
  // The board tells which tasks run, the store of running tasks how far they are.
  return (
    <li class="worker" data-worker={worker.name} data-online={worker.online}>
      <header class="worker-head">
        <svg class="worker-dot" viewBox="0 0 8 8" aria-hidden="true">
          <circle cx="4" cy="4" r="3" />
        </svg>
        <h2>
          <a href={listOf("worker", worker.name)}>{worker.name}</a>
        </h2>
        <span
          class="worker-state"
          title={worker.heard_at === null ? undefined : dateTime(worker.heard_at)}
        >
          {worker.online
            ? words.online
            : words.offline(worker.heard_at === null ? null : now - worker.heard_at)}
        </span>
        <span class="worker-facts">
          {says.filter(Boolean).map((said, place) => (
            <span key={place}>
              {place > 0 && " · "}
              {said}
            </span>
          ))}
          <Ended worker={worker} />
        </span>
      </header>
      {worker.running.length > 0 && (
        <div
          class="table"
          role="table"
          aria-label={words.slots(worker.name)}
          style={styleOf(layout)}
        >
          {worker.running.map((running) => {
            const task = store.task(running.id);
            return task ? (
              <Row key={running.id} task={task} layout={layout} />
            ) : (
              <Brief key={running.id} task={running} />
            );
          })}
        </div>
      )}
      {worker.lost_count > 0 && <LostTasks worker={worker} />}
      {worker.answers && <WorkerDetails name={worker.name} />}
      {worker.online && idle !== null && idle > 0 && <p class="worker-free">{words.free(idle)}</p>}
    </li>
  );
}

/** The queues that it takes from, each with its list. */
function Queues({ names }: { readonly names: readonly string[] }) {
  return (
    <>
      {words.queues}{" "}
      {names.map((name, place) => (
        <span key={name}>
          {place > 0 && ", "}
          <a href={listOf("queue", name)}>{name}</a>
        </span>
      ))}
    </>
  );
}

/** How many of its tasks ended in which way; each leads to the list of them. */
function Ended({ worker }: { readonly worker: Worker }) {
  return (
    <>
      {ENDED.map((state) => {
        const count = worker.totals[state];
        const search = `state:${state.toLowerCase()} worker:${worker.name}`;
        return count ? (
          <span key={state}>
            {" · "}
            <a href={href({ page: "tasks", search })}>
              {words.totals(count, stateWord(state).toLowerCase())}
            </a>
          </span>
        ) : null;
      })}
    </>
  );
}

/** Characters of an id that tell tasks of one name apart. */
const ID_START = 8;

/** What a worker had when it vanished. */
function LostTasks({ worker }: { readonly worker: Worker }) {
  const more = worker.lost_count - worker.lost.length;
  return (
    <div class="worker-lost">
      <p class="soft">{words.lost(worker.lost_count)}</p>
      {worker.lost.map(({ id, name, started_at }) => (
        <a
          key={id}
          href={href({ page: "task", id })}
          data-task={id}
          data-state="LOST"
          title={words.lostTask(name, id, started_at)}
        >
          {shortName(name ?? id)}
          {name && <small class="mono">{id.slice(0, ID_START)}</small>}
        </a>
      ))}
      {more > 0 && (
        <a href={href({ page: "tasks", search: `state:lost worker:${worker.name}` })}>
          {words.moreLost(more)}
        </a>
      )}
    </div>
  );
}

/** A task that the store of running tasks does not have, or not yet. */
function Brief({ task }: { readonly task: RunningTask }) {
  const now = tick.value;
  return (
    <div class="brief" role="row" data-task={task.id}>
      <span role="cell">
        <a href={href({ page: "task", id: task.id })}>{shortName(task.name ?? task.id)}</a>
      </span>
      <span role="cell" class="soft">
        {task.started_at !== null && stopwatch(now - task.started_at)}
      </span>
    </div>
  );
}

function NoWorker() {
  return (
    <div class="empty">
      <Mark hollow />
      <p>{words.none}</p>
      <p class="soft">{words.start}</p>
      <pre class="well">celery -A PROJECT worker</pre>
    </div>
  );
}
