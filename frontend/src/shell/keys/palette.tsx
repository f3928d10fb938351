/** The list of commands: finds tasks, jobs, queues, workers, pages and views, and does what the page can do. */

import "../../styles/palette.css";

import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { type Registry, registry } from "../../api/calls";
import { go, href } from "../../browser/router";
import { asQueues, asViews, asWorkers } from "../../contract/boards";
import type { Task } from "../../contract/messages";
import { tick, useBoard, useWatch } from "../../live/hooks";
import { may, offers } from "../../me/me";
import { beginning, wellFormed } from "../../search/characters";
import { read } from "../../search/query";
import { text } from "../../text";
import { titled } from "../../text/format";
import { argumentsText, stateWord } from "../../text/states";
import { zone } from "../../text/zone";
import { useOnce } from "../../ui/once";
import { type Entry, entries, fitting } from "./entries";
import { useModal } from "./modal";

/** Entries of all kinds together, and tasks among them, at most. */
const SHOWN = 40;
const TASKS = 6;

/** Tasks are asked for when nothing was typed for this long, and from so many characters on. */
const REST_MS = 150;
const FROM_CHARACTERS = 2;

/** Characters of what a task was given at most. */
const NOTE = 120;

interface Props {
  readonly close: () => void;
  readonly showKeys: () => void;
}

export function Palette({ close, showKeys }: Props) {
  const modal = useModal(close);
  const [typed, setTyped] = useState("");
  const [place, setPlace] = useState(0);
  const id = useId();
  const found = useFound(typed, showKeys);
  const chosen = Math.min(place, found.length - 1);
  const act = (entry: Entry | undefined) => {
    if (!entry) return;
    // First the focus goes back, so that what the entry does may move it.
    modal.end();
    entry.act();
  };
  return (
    <dialog class="palette" aria-label={text.palette.title} {...modal.attributes}>
      <input
        type="text"
        role="combobox"
        aria-label={text.palette.title}
        aria-expanded="true"
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={`${id}-${chosen}`}
        placeholder={text.palette.hint}
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setPlace(0);
        }}
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step !== undefined) setPlace((chosen + step + found.length) % found.length);
          else if (event.key === "Enter") act(found[chosen]);
          else return;
          event.preventDefault();
        }}
      />
      <div class="palette-list" id={id} role="listbox" aria-label={text.palette.title}>
        {found.map((entry, at) => (
          <Line
            key={entry.key}
            id={`${id}-${at}`}
            entry={entry}
            first={entry.kind !== found[at - 1]?.kind}
            chosen={at === chosen}
            act={() => act(entry)}
          />
        ))}
      </div>
    </dialog>
  );
}

interface LineProps {
  readonly id: string;
  readonly entry: Entry;
  /** Whether it is the first of its kind, which is then named beside it. */
  readonly first: boolean;
  readonly chosen: boolean;
  readonly act: () => void;
}

function Line({ id, entry, first, chosen, act }: LineProps) {
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen) line.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <div
      ref={line}
      id={id}
      class="palette-line"
      role="option"
      aria-selected={chosen}
      data-kind={entry.kind}
      data-first={first || undefined}
      onPointerUp={act}
    >
      <small>{first && text.palette.group[entry.kind]}</small>
      <span>{entry.label}</span>
      {entry.note && <small>{entry.note}</small>}
    </div>
  );
}

/** What fits what is typed; never nothing: all of it where nothing is typed, else at least the search for it. */
function useFound(typed: string, showKeys: () => void): readonly Entry[] {
  const jobs = useOnce(may("launch") ? registry : noJobs).value?.tasks ?? [];
  const boards = offers("workers");
  const queues = useBoard("queues").picture.value;
  const workers = useBoard("workers").picture.value;
  const views = useBoard("views").picture.value;
  const tasks = useTasks(typed);
  const all = entries({
    jobs,
    queues: (boards && asQueues(queues)) || [],
    workers: (boards && asWorkers(workers)) || [],
    views: (boards && asViews(views)) || [],
    showKeys,
  });
  const found = fitting(all, typed).slice(0, SHOWN - TASKS);
  const search = typed.trim();
  if (!search) return found;
  const whole: Entry = {
    kind: "tasks",
    key: "search",
    label: text.palette.search(search),
    act: () => go(href({ page: "tasks", search })),
  };
  return [...found, ...tasks.map(entryOf), whole];
}

async function noJobs(): Promise<Registry> {
  return { tasks: [], notice: null };
}

function entryOf(task: Task): Entry {
  return {
    kind: "tasks",
    key: `task ${task.id}`,
    label: titled(task),
    note: [stateWord(task.state), beginning(argumentsText(task), NOTE), task.id].join(" "),
    act: () => go(href({ page: "task", id: task.id })),
  };
}

/** The newest tasks that fit what was typed, once it was not typed on. */
function useTasks(typed: string): readonly Task[] {
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(wellFormed(typed.trim())), REST_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const worth = asked.length >= FROM_CHARACTERS;
  const { query, fault } = useMemo(
    () => read(asked, { now: tick.peek(), zone: zone.peek() }),
    [asked],
  );
  const store = useWatch({ view: { ...(worth && !fault ? query : {}), limit: TASKS } });
  if (!worth || fault || !store.answered.value) return [];
  return store.ids.value.flatMap((id) => store.task(id)?.value ?? []);
}
