/** The task's log: it follows its end until one scrolls up, and shows of it what one looks for. */

import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { wholeLog } from "../../../api/calls";
import { save } from "../../../browser/download";
import type { LogEntry } from "../../../contract/messages";
import { text } from "../../../text";
import { dateTime, exactTime } from "../../../text/format";
import { Copy } from "../../../ui/copy";
import { Glyph } from "../../../ui/glyph";
import { ProblemView, problemOf, useProblem } from "../../../ui/problem";
import { stateIn } from "../timeline/timeline";
import { LEAST_LEVELS, type LeastLevel, levelOf, logText, pieces, wantedOf } from "./log_lines";

/** A line tells of a moment that is over, so its ring stands still. */
const PAST = 50;

/** Closer to the end than this is at the end, in pixels. */
const NEAR = 24;

interface Props {
  readonly id: string;
  readonly entries: readonly LogEntry[];
}

export function Log({ id, entries }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const [least, setLeast] = useState<LeastLevel>(null);
  const [find, setFind] = useState("");
  const [problem, setProblem] = useProblem();
  const shown = useMemo(() => wantedOf(entries, { least, find }), [entries, least, find]);
  const narrowed = least !== null || find !== "";
  const words = text.task.logTools;
  // New entries are what moves the end.
  useLayoutEffect(() => {
    const element = box.current;
    if (following && element) element.scrollTop = element.scrollHeight;
  }, [shown, following]);
  const look = () => {
    const element = box.current;
    if (!element) return;
    setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR);
  };
  const download = async () => {
    setProblem(null);
    try {
      save(`${id}.log`, logText(await wholeLog(id)), "text/plain");
    } catch (reason) {
      setProblem(problemOf(reason));
    }
  };
  return (
    <section class="block" data-log>
      <div class="block-head">
        <h2>{text.task.log}</h2>
        {entries.length > 0 && (
          <div class="tools">
            {!following && (
              <button class="copy" type="button" onClick={() => setFollowing(true)}>
                {text.task.follow}
              </button>
            )}
            <select
              class="tool"
              aria-label={words.level}
              value={least ?? ""}
              onChange={(event) => setLeast((event.currentTarget.value || null) as LeastLevel)}
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
              value={find}
              onInput={(event) => setFind(event.currentTarget.value)}
            />
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
            <Line key={entry.id} entry={entry} find={find} />
          ))}
        </div>
      )}
      {!entries.length && <p class="soft">{text.task.noLog}</p>}
      {narrowed && (
        <p class="log-count soft" role="status">
          {words.count(shown.length, entries.length)}
        </p>
      )}
      <ProblemView problem={problem} />
    </section>
  );
}

function Line({ entry, find }: { readonly entry: LogEntry; readonly find: string }) {
  const state = stateIn(entry);
  return (
    <div class="log-line" data-kind={entry.kind} data-level={entry.level?.toLowerCase()}>
      <time title={dateTime(entry.at)}>{exactTime(entry.at)}</time>
      {state ? (
        <Glyph state={state} percent={PAST} />
      ) : (
        <span class="log-level">{levelName(entry)}</span>
      )}
      <span class="log-message">
        {pieces(entry.message, find).map(({ text, found }, i) =>
          found ? <mark key={i}>{text}</mark> : text,
        )}
      </span>
    </div>
  );
}

/** Only what stands out has a name. */
function levelName(entry: LogEntry): string {
  const level = levelOf(entry);
  return level === "info" ? "" : level;
}
