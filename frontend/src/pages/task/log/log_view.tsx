/** The log of a task. It follows the end until the user scrolls up, and can be filtered. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { wholeLog } from "../../../api/calls";
import { save } from "../../../browser/download";
import type { LogEntry, Task, Try } from "../../../contract/messages";
import { taskText } from "../../../text/task";
import { useAttempt } from "../../../ui/attempt";
import { ProblemView } from "../../../ui/problem";
import { belongs, type Part } from "../parts";
import { lineId, moveAmongAddresses, useAddressed } from "./address";
import { follows } from "./end";
import { GroupView } from "./group_view";
import { groups, stepNames } from "./groups";
import { filterLog, type LogFilter, logText } from "./log_lines";
import { once } from "./states";
import { Tools } from "./tools";

const words = taskText.logTools;
const NO_TRIES: readonly Try[] = [];
const NO_NAMES: ReadonlyMap<string, string> = new Map();

interface Props {
  readonly task: Task;
  readonly entries: readonly LogEntry[];
  /** The only part of the task whose entries are shown; null for all. */
  readonly part?: Part | null;
  readonly choose?: ((part: Part | null) => void) | undefined;
  /** The part whose lines are lit. */
  readonly lit?: Signal<Part | null>;
  /** Whether each line has an address. */
  readonly addresses?: boolean;
}

export function Log({ task, entries: all, part = null, choose, lit, addresses = false }: Props) {
  const { id, tries = NO_TRIES } = task;
  const [filter, setFilter] = useState<LogFilter>({ least: null, find: "" });
  const { problem, attempt } = useAttempt();
  const unlit = useSignal<Part | null>(null);
  const addressed = useAddressed();
  const entries = useMemo(() => once(all), [all]);
  const shown = useMemo(
    () => filterLog(part ? entries.filter((entry) => belongs(entry, part)) : entries, filter),
    [entries, filter, part],
  );
  const grouped = useMemo(() => groups(shown), [shown]);
  const names = useNames(task, shown);
  const named = addresses ? addressed : null;
  const { box, following, follow, look } = useEnd(shown, tries, named);
  const narrowed = filter.least !== null || filter.find !== "" || part !== null;
  const download = () =>
    attempt(async () => save(`${id}.log`, logText(await wholeLog(id)), "text/plain"));
  const common = {
    find: filter.find,
    tries,
    names,
    lit: lit ?? unlit,
    addressed: named,
    reached: addresses ? ((shown.find((e) => e.id === named) ?? shown.at(-1))?.id ?? null) : null,
    narrowed,
  };
  return (
    <section class="block" data-log>
      <div class="block-head">
        <h2>{taskText.log}</h2>
        {entries.length > 0 && (
          <Tools
            filter={filter}
            change={setFilter}
            part={part}
            choose={choose}
            follow={following ? null : follow}
            shown={shown}
            download={() => void download()}
          />
        )}
      </div>
      {shown.length > 0 && (
        <div
          ref={box}
          class="log"
          role="log"
          aria-label={taskText.log}
          tabIndex={0}
          onScroll={look}
          onKeyDown={moveAmongAddresses}
        >
          {grouped.map((group, index) => (
            <GroupView
              key={group.id}
              group={group}
              last={index === grouped.length - 1}
              shown={common}
            />
          ))}
        </div>
      )}
      {!entries.length && <p class="soft">{taskText.noLog}</p>}
      {narrowed && (
        <p class="log-count soft" role="status">
          {words.count(shown.length, entries.length)}
        </p>
      )}
      {named && entries.length > 0 && !entries.some((entry) => entry.id === named) && (
        <p class="log-count soft" role="status">
          {words.notShown}
        </p>
      )}
      <ProblemView problem={problem} />
    </section>
  );
}

/** Names of the steps that lines were said within, of which most logs have none. */
function useNames(task: Task, shown: readonly LogEntry[]): ReadonlyMap<string, string> {
  const within = useMemo(() => shown.some(({ step }) => step), [shown]);
  return useMemo(
    () => (within ? stepNames(task) : NO_NAMES),
    [within && task.steps, within && task.tries],
  );
}

/**
 * Keeps the end of the log visible (`following`) until the user scrolls away from it, or after `follow`. A line that the
 * address names is shown instead.
 */
function useEnd(shown: readonly LogEntry[], tries: readonly Try[], addressed: string | null) {
  const box = useRef<HTMLDivElement>(null);
  const top = useRef(0);
  const [following, setFollowing] = useState(addressed === null);
  // The end moves when entries arrive, and when the ends of tries are explained beside them. Not looked at without need:
  // the browser has to lay the page out for it.
  const explained = tries.map((each) => each.error && each.finished_at && each.run).join();
  useLayoutEffect(() => {
    const element = box.current;
    if (!following || !element) return;
    element.scrollTop = element.scrollHeight;
    top.current = element.scrollTop;
  }, [shown, explained, following]);
  const there = addressed !== null && shown.some((entry) => entry.id === addressed);
  useEffect(() => {
    if (!there) return;
    setFollowing(false);
    document.getElementById(lineId(addressed))?.scrollIntoView({ block: "center" });
  }, [there, addressed]);
  const look = () => {
    const element = box.current;
    if (!element) return;
    setFollowing(follows(following, top.current, element));
    top.current = element.scrollTop;
  };
  return { box, following, follow: () => setFollowing(true), look };
}
