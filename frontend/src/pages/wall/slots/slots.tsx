/** The slots of all workers, each with the bar of the task that it runs. */

import "../../../styles/pages/wall/slots.css";

import type { ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { asWorkers, type RunningTask, type Worker } from "../../../contract/boards";
import type { Task } from "../../../contract/messages";
import { wholePercent } from "../../../contract/progress";
import type { Board } from "../../../live/board";
import { tick } from "../../../live/hooks";
import type { Store } from "../../../live/store";
import { wallText as words } from "../../../text/activity/wall";
import { number, percent, shortName, shortWorker, stopwatch } from "../../../text/format";
import { spoken } from "../../../text/states";
import { Bar } from "../../../ui/bar";
import { type Density, type Fit, fit } from "./density";
import { oneOfEach, Places } from "./places";

/** Slots at most; of more the wall only says how many there are. */
const SHOWN = 400;

/** "w2" comes before "w10". */
const byName = new Intl.Collator("en", { numeric: true });

interface Props {
  readonly board: Board;
  readonly runs: Store;
}

export function Slots({ board, runs }: Props) {
  const places = useMemo(() => new Places(), []);
  const workers = oneOfEach(asWorkers(board.picture.value) ?? []).toSorted((one, other) =>
    byName.compare(one.name, other.name),
  );
  const byWorker = runningBy(workers, runs);
  const filled = workers.map((worker) => {
    const running = worker.online ? (byWorker.get(worker.name) ?? []) : [];
    const slots = worker.online ? Math.max(worker.slots ?? 0, running.length) : 0;
    return { worker, slots: places.take(worker.name, running, slots) };
  });
  places.keep(workers.map(({ name }) => name));
  const all = filled.reduce((sum, { slots }) => sum + slots.length, 0);
  const busy = filled.reduce((sum, each) => sum + each.slots.filter(Boolean).length, 0);
  const room = fit(filled.map(({ slots }) => slots.length));
  let left = SHOWN;
  return (
    <section class="wall-workers" aria-label={words.slots}>
      <h2 class="wall-figure">
        {all === 0 ? words.noSlot : [<b key="busy">{number(busy)}</b>, words.busy(all)]}
      </h2>
      {workers.length === 0 && <p class="wall-none">{words.slotsWillBe}</p>}
      <div class="wall-slots" {...laidOut(room)}>
        {filled.map(({ worker, slots }) => {
          const shown = slots.slice(0, Math.max(0, left));
          left -= slots.length;
          return (
            <WorkerSlots
              key={worker.name}
              worker={worker}
              slots={shown}
              density={room.density}
              runs={runs}
            />
          );
        })}
      </div>
      {all > SHOWN && <p class="wall-more">{words.moreSlots(all - SHOWN)}</p>}
    </section>
  );
}

/** More columns are so narrow that a label stands for its task. */
const NARROW = 2;

function laidOut({ density, columns, broken, grown }: Fit) {
  return {
    "data-density": density,
    "data-broken": broken || undefined,
    "data-two": columns === 2 || undefined,
    "data-narrow": columns > NARROW || undefined,
    style: { "--columns": String(columns), "--grown": String(grown) },
  };
}

/** The ids of what runs, by worker: by the store, which is the first to know; of more than that holds, by the board. */
function runningBy(workers: readonly Worker[], runs: Store): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (worker: string | null, id: string) => {
    const held = found.get(worker ?? "") ?? [];
    held.push(id);
    found.set(worker ?? "", held);
  };
  const totals = runs.totals.value;
  const ids = runs.ids.value;
  if ((totals.STARTED ?? 0) + (totals.PROGRESS ?? 0) > ids.length) {
    for (const { name, running } of workers) for (const { id } of running) add(name, id);
  } else {
    // The newest comes first, and the oldest has the first slot.
    for (const id of ids.toReversed()) add(runs.task(id)?.peek().worker ?? null, id);
  }
  return found;
}

interface WorkerProps {
  readonly worker: Worker;
  readonly slots: readonly (string | null)[];
  readonly density: Density;
  readonly runs: Store;
}

function WorkerSlots({ worker, slots, density, runs }: WorkerProps) {
  return (
    <section class="wall-worker" data-worker={worker.name} data-online={worker.online}>
      <h3>
        <span>{shortWorker(worker.name)}</span>
        {!worker.online && <small>{words.gone}</small>}
      </h3>
      <ul>
        {slots.map((id, place) => (
          <Slot
            key={place}
            id={id}
            task={id === null ? undefined : runs.task(id)}
            brief={worker.running.find((task) => task.id === id)}
            density={density}
          />
        ))}
      </ul>
    </section>
  );
}

interface SlotProps {
  readonly id: string | null;
  readonly task: ReadonlySignal<Task> | undefined;
  /** What the board knows of it, where the store has too many. */
  readonly brief: RunningTask | undefined;
  readonly density: Density;
}

function Slot({ id, task: signal, brief, density }: SlotProps) {
  if (id === null) {
    return (
      <li class="slot" data-free>
        {density !== "bars" && <span class="slot-name">{words.free}</span>}
        <span class="bar" />
      </li>
    );
  }
  const task = signal?.value;
  const done = task ? wholePercent(task) : null;
  const name = shortName(task?.name ?? brief?.name ?? id);
  const label = task?.label && task.label !== name ? task.label : null;
  return (
    <li class="slot" data-task={id}>
      {density !== "bars" && (
        <>
          <span class="slot-name" data-labelled={label !== null || undefined}>
            <span class="slot-task">{name}</span>
            {label && <span class="slot-label">{label}</span>}
          </span>
          <span class="slot-far" data-percent={done !== null || undefined}>
            {done === null ? (
              <Since at={task?.started_at ?? brief?.started_at ?? null} />
            ) : (
              percent(done)
            )}
          </span>
        </>
      )}
      <Bar key={id} percent={done} label={name} value={task ? spoken(task, done) : undefined} />
    </li>
  );
}

function Since({ at }: { readonly at: number | null }) {
  return <>{at === null ? "" : stopwatch(tick.value - at)}</>;
}

/** The tasks of one owner that run, without the workers that run them. */
export function OwnTasks(props: {
  readonly store: Store;
  readonly waiting: number;
  readonly running: number;
}) {
  const { store, waiting, running } = props;
  const ids = store.ids.value.slice(0, SHOWN);
  const room = fit([ids.length]);
  return (
    <section class="wall-workers wall-own" aria-label={words.slots}>
      <h2 class="wall-figure">
        <b>{number(running)}</b> {words.own} {words.running}
        <span class="wall-beside">{words.ownWaiting(waiting)}</span>
      </h2>
      <div class="wall-slots" {...laidOut(room)}>
        <ul>
          {ids.toReversed().map((id) => (
            <Slot key={id} id={id} task={store.task(id)} brief={undefined} density={room.density} />
          ))}
        </ul>
      </div>
    </section>
  );
}
