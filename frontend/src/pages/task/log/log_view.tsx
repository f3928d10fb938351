/** The log of a task. It follows the end until the user scrolls up, and can be filtered. */

import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { wholeLog } from "../../../api/calls";
import { save } from "../../../browser/download";
import type { LogEntry, TaskError, Try } from "../../../contract/messages";
import { text } from "../../../text";
import { dateTime, exactTime } from "../../../text/format";
import { errorText } from "../../../text/states";
import { useAttempt } from "../../../ui/attempt";
import { Copy } from "../../../ui/copy/button";
import { Glyph } from "../../../ui/glyph";
import { ProblemView } from "../../../ui/problem";
import { follows } from "./end";
import {
  filterLog,
  LEAST_LEVELS,
  type LeastLevel,
  type LogFilter,
  levelOf,
  lineText,
  logText,
  pieces,
} from "./log_lines";
import { causeOf, once, stateIn } from "./states";

/** The progress in the glyph of an entry: any number, so that the glyph is not animated. */
const STILL_PERCENT = 50;

const words = text.task.logTools;

interface Props {
  readonly id: string;
  readonly entries: readonly LogEntry[];
  /** The tries of the task: why each ended stands beside its end. */
  readonly tries: readonly Try[];
}

export function Log({ id, entries: all, tries }: Props) {
  const [filter, setFilter] = useState<LogFilter>({ least: null, find: "" });
  const { problem, attempt } = useAttempt();
  const entries = useMemo(() => once(all), [all]);
  const shown = useMemo(() => filterLog(entries, filter), [entries, filter]);
  const { box, following, follow, look } = useEnd(shown, tries);
  const download = () =>
    attempt(async () => save(`${id}.log`, logText(await wholeLog(id)), "text/plain"));
  return (
    <section class="block" data-log>
      <div class="block-head">
        <h2>{text.task.log}</h2>
        {entries.length > 0 && (
          <div class="tools">
            {!following && (
              <button class="copy" type="button" onClick={follow}>
                {text.task.follow}
              </button>
            )}
            <Filter filter={filter} change={setFilter} />
            <Copy text={() => logText(shown)} label={words.copy} />
            <button
              class="copy"
              type="button"
              title={words.explainDownload}
              onClick={() => void download()}
            >
              {words.download}
            </button>
          </div>
        )}
      </div>
      {shown.length > 0 && (
        <div
          ref={box}
          class="log"
          role="log"
          aria-label={text.task.log}
          tabIndex={0}
          onScroll={look}
        >
          {shown.map((entry) => (
            <Line key={entry.id} entry={entry} find={filter.find} why={causeOf(entry, tries)} />
          ))}
        </div>
      )}
      {!entries.length && <p class="soft">{text.task.noLog}</p>}
      {(filter.least !== null || filter.find !== "") && (
        <p class="log-count soft" role="status">
          {words.count(shown.length, entries.length)}
        </p>
      )}
      <ProblemView problem={problem} />
    </section>
  );
}

/** Keeps the end of the log visible (`following`) until the user scrolls away from it, or after `follow`. */
function useEnd(shown: readonly LogEntry[], tries: readonly Try[]) {
  const box = useRef<HTMLDivElement>(null);
  const top = useRef(0);
  const [following, setFollowing] = useState(true);
  // The end moves when entries arrive, and when the ends of tries are explained beside them.
  useLayoutEffect(() => {
    const element = box.current;
    if (!following || !element) return;
    element.scrollTop = element.scrollHeight;
    top.current = element.scrollTop;
  }, [shown, tries, following]);
  const look = () => {
    const element = box.current;
    if (!element) return;
    setFollowing(follows(following, top.current, element));
    top.current = element.scrollTop;
  };
  return { box, following, follow: () => setFollowing(true), look };
}

interface FilterProps {
  readonly filter: LogFilter;
  readonly change: (filter: LogFilter) => void;
}

function Filter({ filter, change }: FilterProps) {
  return (
    <>
      <select
        class="tool"
        aria-label={words.level}
        value={filter.least ?? ""}
        onChange={(event) =>
          change({ ...filter, least: (event.currentTarget.value || null) as LeastLevel })
        }
      >
        {LEAST_LEVELS.map((level) => (
          <option key={level} value={level ?? ""}>
            {level === null ? words.all : words.least[level]}
          </option>
        ))}
      </select>
      <input
        class="tool"
        type="search"
        aria-label={words.find}
        placeholder={words.findHint}
        spellcheck={false}
        autocomplete="off"
        value={filter.find}
        onInput={(event) => change({ ...filter, find: event.currentTarget.value })}
      />
    </>
  );
}

interface LineProps {
  readonly entry: LogEntry;
  readonly find: string;
  readonly why: TaskError | null;
}

function Line({ entry, find, why }: LineProps) {
  const state = stateIn(entry);
  return (
    <div class="log-line" data-kind={entry.kind} data-level={entry.level?.toLowerCase()}>
      <time title={dateTime(entry.at)}>{exactTime(entry.at)}</time>
      {state ? (
        <Glyph state={state} percent={STILL_PERCENT} />
      ) : (
        <span class="log-level">{levelName(entry)}</span>
      )}
      <span class="log-message">
        {pieces(lineText(entry), find).map(({ text, found }, i) =>
          found ? <mark key={i}>{text}</mark> : text,
        )}
        {why && ` ${errorText(why)}`}
      </span>
    </div>
  );
}

/** Levels other than the usual one are named. */
function levelName(entry: LogEntry): string {
  const level = levelOf(entry);
  return level === "info" ? "" : level;
}
