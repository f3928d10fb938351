/** The timeline of a task: one lane per run, all to one scale. */

import type { LogEntry, Task } from "../../../contract/messages";
import { tick } from "../../../live/hooks";
import { text } from "../../../text";
import { about, dateTime, duration, scaleMark } from "../../../text/format";
import { stateWord } from "../../../text/states";
import { hasRoom, marks } from "./scale";
import { asleep, type Run, type Span, type SpanKind, spent, timeline } from "./timeline";

/** Of a task with more runs only the last are shown. */
const RUNS_LIMIT = 12;
const MARKS_LIMIT = 6;

interface Props {
  readonly task: Task;
  readonly log: readonly LogEntry[];
}

export function TimelineView({ task, log }: Props) {
  const now = tick.value;
  const drawn = timeline(log, task, now);
  if (!drawn?.runs.length) return null;
  const runs = drawn.runs.slice(-RUNS_LIMIT);
  const from = runs[0]?.spans[0]?.from ?? drawn.from;
  const seconds = Math.max(drawn.to - from, 0.001);
  const words = text.task.timeline;
  return (
    <section class="block timeline" data-runs={drawn.runs.length}>
      <div class="block-head">
        <h2>{words.title}</h2>
        <p class="soft timeline-key" aria-hidden="true">
          {(["waiting", "running", "sleeping"] as const).map((kind) => (
            <span key={kind}>
              <i class="span" data-kind={kind} /> {words.kind[kind]}
            </span>
          ))}
        </p>
      </div>
      {runs.length < drawn.runs.length && (
        <p class="soft">{words.earlier(drawn.runs.length - runs.length)}</p>
      )}
      <ol class="lanes">
        {runs.map((run) => (
          <Lane
            key={run.number}
            run={run}
            from={from}
            seconds={seconds}
            many={drawn.runs.length > 1}
            sleeps={asleep(run, task.eta, now)}
          />
        ))}
      </ol>
      <div class="lane scale" aria-hidden="true">
        <span />
        <div class="lane-track">
          {marks(seconds, MARKS_LIMIT).map((mark) => (
            <span key={mark} class="mark-at" style={{ left: `${(100 * mark) / seconds}%` }}>
              {hasRoom(mark, seconds, scaleMark(mark)) && scaleMark(mark)}
            </span>
          ))}
        </div>
      </div>
    </section>
  );
}

interface LaneProps {
  readonly run: Run;
  readonly from: number;
  readonly seconds: number;
  readonly many: boolean;
  /** Seconds until the run wakes up; null when it does not sleep. */
  readonly sleeps: number | null;
}

function Lane({ run, from, seconds, many, sleeps }: LaneProps) {
  const words = text.task.timeline;
  const told = (kind: SpanKind, passed: number) =>
    kind === "sleeping" && sleeps !== null
      ? words.asleep(about(sleeps))
      : words.spent[kind](duration(passed));
  const facts = (["sleeping", "waiting", "running"] as const)
    .map((kind) => [kind, spent(run, kind)] as const)
    .filter(([, passed]) => passed > 0)
    .map(([kind, passed]) => told(kind, passed));
  const end = run.ended ? (run.ended === "RETRY" ? words.retried : stateWord(run.ended)) : null;
  return (
    <li class="lane" data-state={run.ended ?? undefined} data-run={run.number}>
      <span class="lane-name">{many ? words.run(run.number) : ""}</span>
      <div class="lane-track">
        {run.spans.map((span) => (
          <SpanView
            key={`${span.kind}${span.from}`}
            span={span}
            from={from}
            seconds={seconds}
            told={told(span.kind, span.to - span.from)}
          />
        ))}
      </div>
      <span class="lane-facts">{[...facts, end].filter(Boolean).join(", ")}</span>
    </li>
  );
}

interface SpanProps {
  readonly span: Span;
  readonly from: number;
  readonly seconds: number;
  readonly told: string;
}

function SpanView({ span, from, seconds, told }: SpanProps) {
  const left = (100 * (span.from - from)) / seconds;
  const width = (100 * (span.to - span.from)) / seconds;
  return (
    <i
      class="span"
      data-kind={span.kind}
      style={{ left: `${left}%`, width: `${width}%` }}
      title={`${told}, ${dateTime(span.from)}`}
    />
  );
}
