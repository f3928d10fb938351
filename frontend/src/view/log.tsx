/** The task's log, which follows its end until one scrolls up. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { dateTime, exactTime } from "../format";
import { type LogEntry, STATES, type State } from "../protocol";
import { text } from "../text";
import { Glyph } from "./glyph";

/** A line tells of a moment that is over, so its ring stands still. */
const PAST = 50;

/** Closer to the end than this is at the end, in pixels. */
const NEAR = 24;

export function Log({ entries }: { readonly entries: readonly LogEntry[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  // New entries are what moves the end.
  useLayoutEffect(() => {
    const element = box.current;
    if (following && element) element.scrollTop = element.scrollHeight;
  }, [entries, following]);
  const look = () => {
    const element = box.current;
    if (!element) return;
    setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR);
  };
  return (
    <section class="block">
      <div class="block-head">
        <h2>{text.task.log}</h2>
        {!following && (
          <button class="copy" type="button" onClick={() => setFollowing(true)}>
            {text.task.follow}
          </button>
        )}
      </div>
      {entries.length ? (
        <div
          ref={box}
          class="log"
          role="log"
          aria-label={text.task.log}
          tabIndex={0}
          onScroll={look}
        >
          {entries.map((entry) => (
            <Line key={entry.id} entry={entry} />
          ))}
        </div>
      ) : (
        <p class="soft">{text.task.noLog}</p>
      )}
    </section>
  );
}

function Line({ entry }: { readonly entry: LogEntry }) {
  const state = entry.kind === "state" ? stateIn(entry.message) : null;
  return (
    <div class="log-line" data-kind={entry.kind} data-level={entry.level?.toLowerCase()}>
      <time title={dateTime(entry.at)}>{exactTime(entry.at)}</time>
      {state ? (
        <Glyph state={state} percent={PAST} />
      ) : (
        <span class="log-level">{levelOf(entry)}</span>
      )}
      <span class="log-message">{entry.message}</span>
    </div>
  );
}

/** The state that a line of the timeline begins with. */
function stateIn(message: string): State | null {
  const [word] = message.split(/[\s:,]/, 1);
  return STATES.find((state) => state === word) ?? null;
}

/** Only what stands out has a name. */
function levelOf(entry: LogEntry): string {
  const level = entry.level?.toLowerCase() ?? "";
  return level === "info" ? "" : level;
}
