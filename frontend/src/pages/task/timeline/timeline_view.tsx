/** The timeline of a task: one lane per run, with why it ended and with its steps, all to one scale. */

import type { LogEntry, Task, Try } from "../../../contract/messages";
import { isRunning } from "../../../contract/progress";
import { tick } from "../../../live/hooks";
import { about, dateTime, duration, scaleMark } from "../../../text/format";
import { stateWord } from "../../../text/states";
import { taskText } from "../../../text/task";
import { partOf, stepsOf } from "../parts";
import { callsOf } from "../tries/calls";
import { Cause } from "../tries/cause";
import { ranIn, tryOf } from "./nested";
import { hasRoom, marks } from "./scale";
import { type Axis, type Choice, StepLines } from "./step_lines";
import { asleep, type Run, type Span, type SpanKind, spent, timeline } from "./timeline";

/** Of a task with more runs only the last are shown. */
const RUNS_LIMIT = 12;
const MARKS_LIMIT = 6;

interface Props extends Choice {
  readonly task: Task;
  readonly log: readonly LogEntry[];
}

export function TimelineView({ task, log, ...choice }: Props) {
  const now = tick.value;
  const drawn = timeline(log, task, now);
  if (!drawn?.runs.length) return null;
  const runs = drawn.runs.slice(-RUNS_LIMIT);
  const from = runs[0]?.spans[0]?.from ?? drawn.from;
  const axis = { from, seconds: Math.max(drawn.to - from, 0.001) };
  const words = taskText.timeline;
  const { tries = [] } = task;
  const calls = callsOf(task);
  // A single step without a name is what the large bar shows already.
  const bare = task.steps.length === 1 && !task.steps[0]?.description;
  const hasSteps = (task.steps.length > 0 && !bare) || tries.some(({ steps }) => steps?.length);
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
      <div class="axis" data-steps={hasSteps || undefined}>
        <ol class="lanes">
          {runs.map((run) => {
            const index = tryOf(run, tries);
            return (
              <Lane
                key={run.number}
                task={task}
                run={run}
                index={index}
                axis={axis}
                many={drawn.runs.length > 1}
                hasSteps={!!hasSteps && !bare}
                call={calls[index] ?? null}
                sleeps={asleep(run, task.eta, now)}
                {...choice}
              />
            );
          })}
        </ol>
        <div class="lane scale" aria-hidden="true">
          <span />
          <div class="lane-track">
            {marks(axis.seconds, MARKS_LIMIT).map((mark) => (
              <span key={mark} class="mark-at" style={{ left: `${(100 * mark) / axis.seconds}%` }}>
                {hasRoom(mark, axis.seconds, scaleMark(mark)) && scaleMark(mark)}
              </span>
            ))}
          </div>
        </div>
      </div>
    </section>
  );
}

interface LaneProps extends Choice {
  readonly task: Task;
  readonly run: Run;
  /** Of its try; -1 where that is not known. */
  readonly index: number;
  readonly axis: Axis;
  readonly many: boolean;
  readonly hasSteps: boolean;
  /** What the try was called with; null where that is not to be said. */
  readonly call: string | null;
  /** Seconds until the run wakes up; null when it does not sleep. */
  readonly sleeps: number | null;
}

function Lane({ task, run, index, axis, many, hasSteps, call, sleeps, ...choice }: LaneProps) {
  const words = taskText.timeline;
  const told = (kind: SpanKind, passed: number) =>
    kind === "sleeping" && sleeps !== null
      ? words.asleep(about(sleeps))
      : words.spent[kind](duration(passed));
  const facts = (["sleeping", "waiting", "running"] as const)
    .map((kind) => [kind, spent(run, kind)] as const)
    .filter(([, passed]) => passed > 0)
    .map(([kind, passed]) => told(kind, passed));
  const end = run.ended ? (run.ended === "RETRY" ? words.retried : stateWord(run.ended)) : null;
  const each: Try | undefined = task.tries?.[index];
  const ran = ranIn(run);
  const steps = hasSteps && ran ? stepsOf(task, each) : [];
  const whole = { ...partOf(task, index), name: words.run(run.number) };
  const { part, choose } = choice;
  const chosen = part !== null && part.step === null && part.run === whole.run;
  return (
    <li class="lane" data-state={run.ended ?? undefined} data-run={run.number}>
      {many && each ? (
        <button
          class="lane-name"
          type="button"
          title={words.explainChoose}
          aria-pressed={chosen}
          onClick={() => choose(chosen ? null : whole)}
        >
          {whole.name}
        </button>
      ) : (
        <span class="lane-name">{many ? whole.name : steps.length ? words.whole : ""}</span>
      )}
      <div class="lane-track">
        {run.spans.map((span) => (
          <SpanView
            key={`${span.kind}${span.from}`}
            span={span}
            axis={axis}
            told={told(span.kind, span.to - span.from)}
          />
        ))}
      </div>
      <span class="lane-facts">{[...facts, end].filter(Boolean).join(", ")}</span>
      {many && each && <Cause each={each} call={call} />}
      {ran && steps.length > 0 && (
        <StepLines
          steps={steps}
          whole={whole}
          ran={ran}
          running={isRunning(task.state) && (each === undefined || each === task.tries?.at(-1))}
          ended={run.ended}
          axis={axis}
          {...choice}
        />
      )}
    </li>
  );
}

interface SpanProps {
  readonly span: Span;
  readonly axis: Axis;
  readonly told: string;
}

function SpanView({ span, axis: { from, seconds }, told }: SpanProps) {
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
