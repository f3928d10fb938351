/** The page of the schedule: when each entry runs, how its last run ended, runs that were missed, and a button to run it now. */

import { useState } from "preact/hooks";
import { runNow } from "../../api/calls";
import { href } from "../../browser/router";
import { asEntries, asTruth, type Entry } from "../../contract/boards";
import { tick, useBoard } from "../../live/hooks";
import { may } from "../../me/me";
import { ago, dateTime, shortName } from "../../text/format";
import { scheduleText as words } from "../../text/operations";
import { stateWord } from "../../text/states";
import { useAttempt } from "../../ui/attempt";
import { Glyph } from "../../ui/glyph";
import { Mark } from "../../ui/mark";
import { ProblemView } from "../../ui/problem";
import { BoardView } from "./board_view";

export function Schedule() {
  const board = useBoard("schedule");
  const entries = asEntries(board.picture.value);
  const { trouble } = asTruth(board.picture.value);
  const zones = [...new Set(entries?.flatMap(({ timezone }) => timezone ?? []))];
  return (
    <BoardView board={board} words={words} ready={entries !== null}>
      {entries?.length === 0 ? (
        trouble === null && (
          <div class="empty">
            <Mark hollow />
            <p>{words.none}</p>
          </div>
        )
      ) : (
        <div class="board-table" data-kind="schedule" role="table" aria-label={words.title}>
          <Head />
          <div role="rowgroup">
            {entries?.map((entry) => (
              <EntryRow key={entry.name} entry={entry} zoned={zones.length > 1} />
            ))}
          </div>
        </div>
      )}
      {zones.length === 1 && zones[0] && <p class="board-foot soft">{words.zone(zones[0])}</p>}
    </BoardView>
  );
}

function Head() {
  const { column } = words;
  return (
    <div role="rowgroup">
      <div class="board-row board-head" role="row">
        <span role="columnheader">{column.name}</span>
        <span role="columnheader">{column.when}</span>
        <span role="columnheader">{column.last}</span>
        <span role="columnheader">{column.next}</span>
        {may("run") && (
          <span role="columnheader">
            <span class="unseen">{column.act}</span>
          </span>
        )}
      </div>
    </div>
  );
}

function EntryRow({ entry, zoned }: { readonly entry: Entry; readonly zoned: boolean }) {
  const given = [entry.args, entry.kwargs].filter(Boolean).join(" ");
  return (
    <div class="board-row" role="row" data-entry={entry.name}>
      <span class="entry-name" role="cell">
        <b>{entry.name}</b>
        <span class="soft" title={`${entry.task} ${given}`.trim()}>
          <a href={href({ page: "job", name: entry.task })}>{shortName(entry.task)}</a> {given}
        </span>
      </span>
      <span class="entry-when" role="cell">
        {entry.words}
        {zoned && entry.timezone && <span class="soft">{entry.timezone}</span>}
      </span>
      <Last entry={entry} />
      <Next entry={entry} />
      {may("run") && <RunNow entry={entry} />}
    </div>
  );
}

function Last({ entry }: { readonly entry: Entry }) {
  const now = tick.value;
  const { last } = entry;
  return (
    <span class="entry-last" role="cell" data-label={words.column.last} data-state={last?.state}>
      {last ? (
        <a href={href({ page: "task", id: last.id })} title={dateTime(last.at)}>
          <Glyph state={last.state} percent={null} />
          {stateWord(last.state)}, {ago(now - last.at)}
          {last.by_hand && ` ${words.byHand}`}
        </a>
      ) : (
        <span class="soft">{words.never}</span>
      )}
      {entry.missed > 0 && (
        <span class="entry-missed">{words.missed(entry.missed, entry.missed_at)}</span>
      )}
    </span>
  );
}

function Next({ entry }: { readonly entry: Entry }) {
  const now = tick.value;
  const { next, overdue_since: overdue } = entry;
  return (
    <span class="entry-next" role="cell" data-label={words.column.next}>
      {next === null ? (
        <span class="soft">{words.unknown}</span>
      ) : (
        next > now && <time title={dateTime(next)}>{words.inSeconds(next - now)}</time>
      )}
      {next !== null && next <= now && overdue === null && <time>{words.inSeconds(0)}</time>}
      {overdue !== null && (
        <span class="entry-overdue" title={dateTime(overdue)}>
          {words.overdue(now - overdue)}
        </span>
      )}
    </span>
  );
}

function RunNow({ entry }: { readonly entry: Entry }) {
  const { busy, problem, attempt } = useAttempt();
  const [launched, setLaunched] = useState<string | null>(null);
  const run = () => attempt(async () => setLaunched((await runNow(entry.name)).id));
  return (
    <span class="entry-act" role="cell">
      <span role="status">
        {launched !== null && <a href={href({ page: "task", id: launched })}>{words.launched}</a>}
      </span>
      <button
        class="small"
        type="button"
        disabled={busy}
        aria-label={`${words.run}: ${entry.name}`}
        onClick={run}
      >
        {busy ? words.running : words.run}
      </button>
      <ProblemView problem={problem} />
    </span>
  );
}
