/** Entries of a log: its lines, those of a step under their heading, and changes of state as dividers. */

import type { Signal } from "@preact/signals";
import type { LogEntry, TaskError, Try } from "../../../contract/messages";
import { dateTime, exactTime } from "../../../text/format";
import { errorText } from "../../../text/states";
import { taskText } from "../../../text/task";
import { Marked } from "../../../ui/found";
import { Glyph } from "../../../ui/glyph";
import { isOfStep, type Part } from "../parts";
import { Steady } from "../steady";
import { lineId } from "./address";
import { type Group, nameKey } from "./groups";
import { isGrave, levelOf, said } from "./log_lines";
import { causeOf, stateIn } from "./states";

/** The progress in the glyph of an entry: any number, so that the glyph is not animated. */
const STILL_PERCENT = 50;

/** A step with more lines than this folds when another one begins. */
const OPEN_LINES = 8;

/** What all groups of a log have in common. */
export interface Shown {
  readonly find: string;
  readonly tries: readonly Try[];
  readonly names: ReadonlyMap<string, string>;
  /** The part whose lines are lit. */
  readonly lit: Signal<Part | null>;
  /** Id of the entry that the address names. */
  readonly addressed: string | null;
  /** Id of the entry whose address is reached by Tab; null where entries have no addresses. */
  readonly reached: string | null;
  /** Whether only some entries are shown, all of them open. */
  readonly narrowed: boolean;
}

interface GroupProps {
  readonly group: Group;
  readonly last: boolean;
  readonly shown: Shown;
}

export function GroupView({ group, last, shown }: GroupProps) {
  const { step, entries } = group;
  const { lit, names, addressed, find, reached, tries } = shown;
  const lines = entries.map((entry) => (
    <Line
      key={entry.id}
      entry={entry}
      find={find}
      why={entry.kind === "state" ? causeOf(entry, tries) : null}
      marked={addressed === entry.id}
      tab={reached === null ? null : reached === entry.id ? 0 : -1}
    />
  ));
  if (step === undefined) return <>{lines}</>;
  const part = lit.value;
  const isLit = (part?.step && isOfStep(group, part)) || undefined;
  const name = names.get(nameKey(group.run, step)) ?? taskText.logTools.step(step);
  if (entries.length === 1) {
    return (
      <div class="log-step" data-log-step={step} data-lit={isLit} title={name}>
        {lines}
      </div>
    );
  }
  const open =
    last ||
    shown.narrowed ||
    entries.length <= OPEN_LINES ||
    entries.some(({ id }) => id === addressed);
  return (
    <details class="log-step" data-log-step={step} data-lit={isLit} open={open}>
      <summary>
        <bdi>{name}</bdi>{" "}
        <span class="soft">
          {taskText.logTools.lines(entries.length, entries.filter(isGrave).length)}
        </span>
      </summary>
      {lines}
    </details>
  );
}

interface LineProps {
  readonly entry: LogEntry;
  readonly find: string;
  /** The error that explains a change of state. */
  readonly why: TaskError | null;
  /** Whether the address names it. */
  readonly marked: boolean;
  /** The tab index of its address; null where it has none. */
  readonly tab: 0 | -1 | null;
}

/** A long log is not compared element by element. */
class Line extends Steady<LineProps> {
  protected override changes(from: LineProps, to: LineProps): boolean {
    return (
      from.entry !== to.entry ||
      from.find !== to.find ||
      from.why !== to.why ||
      from.marked !== to.marked ||
      from.tab !== to.tab
    );
  }

  override render({ entry, find, why, marked, tab }: LineProps) {
    const state = stateIn(entry);
    const time = <time title={dateTime(entry.at)}>{exactTime(entry.at)}</time>;
    const id = lineId(entry.id);
    return (
      <div
        class="log-line"
        id={id}
        data-kind={entry.kind}
        data-level={entry.level?.toLowerCase()}
        data-state={state ?? undefined}
        data-addressed={marked || undefined}
      >
        {tab === null ? (
          time
        ) : (
          <a class="log-at" href={`#${id}`} tabIndex={tab}>
            {time}
          </a>
        )}
        {state ? (
          <Glyph state={state} percent={STILL_PERCENT} />
        ) : (
          <span class="log-level">{levelName(entry)}</span>
        )}
        <span class="log-message">
          <Marked text={said(entry)} words={[find]} />
          {why && `: ${errorText(why)}`}
        </span>
      </div>
    );
  }
}

/** Levels other than the usual one are named. */
function levelName(entry: LogEntry): string {
  const level = levelOf(entry);
  return level === "info" ? "" : level;
}
