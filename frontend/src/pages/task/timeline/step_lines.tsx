/** The steps of a try, as an outline on the axis of the timeline. */

import type { Signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { withoutEscapes } from "../../../contract/escapes";
import { STEPS_LIMIT } from "../../../contract/generated";
import type { State, Step } from "../../../contract/messages";
import { depth, outline, stepPercent } from "../../../contract/progress";
import { dateTime, duration, left, percent as percentText } from "../../../text/format";
import { taskText } from "../../../text/task";
import { Bar } from "../../../ui/bar";
import { Glyph } from "../../../ui/glyph";
import { speed } from "../../../ui/task_row/pace";
import { type Part, stepAmount, stepName } from "../parts";
import { Steady } from "../steady";
import { brokenOff, extent, firstShown, stepsMade } from "./nested";
import type { Span } from "./timeline";

/** More steps of a try are shown when one asks for them. */
const SHOWN = 12;

/** The axis: where it begins, in Unix seconds, and how long it is. */
export interface Axis {
  readonly from: number;
  readonly seconds: number;
}

/** How the timeline and the log work together. */
export interface Choice {
  readonly part: Part | null;
  readonly choose: (part: Part | null) => void;
  readonly lit: Signal<Part | null>;
}

interface Props extends Choice {
  readonly steps: readonly Step[];
  /** The try that they belong to, and when it ran. */
  readonly whole: Part;
  readonly ran: Span;
  readonly running: boolean;
  /** How the try ended; null while it goes on. */
  readonly ended: State | null;
  readonly axis: Axis;
}

export function StepLines({ steps, running, ended, ...rest }: Props) {
  const [all, setAll] = useState(false);
  const { whole, ran, axis, part } = rest;
  const around = JSON.stringify([whole, ran, axis, part]);
  const words = taskText.timeline;
  const ordered = outline(steps);
  const shown = all ? ordered : firstShown(ordered, SHOWN);
  const broken = ended === null || ended === "SUCCESS" ? NO_STEPS : brokenOff(steps);
  const made = steps.length < STEPS_LIMIT ? steps.length : stepsMade(steps);
  return (
    <>
      <ol class="lane-steps">
        {shown.map((step) => (
          <StepLine
            key={step.key}
            step={step}
            active={running && !step.done}
            broken={broken.has(step) ? ended : null}
            around={around}
            {...rest}
          />
        ))}
      </ol>
      {(all || shown.length < ordered.length) && (
        <button class="copy lane-more" type="button" onClick={() => setAll(!all)}>
          {all ? words.fewerSteps : words.allSteps(ordered.length, made)}
        </button>
      )}
      {made > ordered.length && <p class="soft lane-made">{words.stepsMade(made)}</p>}
    </>
  );
}

const NO_STEPS: ReadonlySet<Step> = new Set();

/** Whether two reports say the same of a step. */
function isSame(one: Step, other: Step): boolean {
  for (const name in one) {
    if (one[name as keyof Step] !== other[name as keyof Step]) return false;
  }
  return one.name === other.name; // the only field that may be left out
}

interface LineProps extends Omit<Props, "steps" | "running" | "ended"> {
  readonly step: Step;
  readonly active: boolean;
  /** How its try ended, if that was in this step; else null. */
  readonly broken: State | null;
  /** What is around the lines as text: it is made anew with each report, and mostly says the same. */
  readonly around: string;
}

/** Of many steps few change at a time. */
class StepLine extends Steady<LineProps> {
  protected override changes(from: LineProps, to: LineProps): boolean {
    return (
      from.active !== to.active ||
      from.broken !== to.broken ||
      from.around !== to.around ||
      from.choose !== to.choose ||
      from.lit !== to.lit ||
      !isSame(from.step, to.step)
    );
  }

  override render({ step, active, broken, whole, ran, axis, part, choose, lit }: LineProps) {
    const name = stepName(step);
    const { from, to } = extent(step, ran);
    const own: Part = { ...whole, name, step: step.key };
    const chosen = part?.step === step.key && part.run === whole.run;
    const light = () => {
      lit.value = own;
    };
    const dim = () => {
      lit.value = null;
    };
    return (
      <li
        class="step"
        data-step={step.key}
        data-done={step.done || undefined}
        data-broken={broken !== null || undefined}
        style={{ "--depth": depth(step) }}
        onMouseEnter={light}
        onMouseLeave={dim}
      >
        <button
          class="step-name"
          type="button"
          title={step.description}
          aria-pressed={chosen}
          onFocus={light}
          onBlur={dim}
          onClick={() => choose(chosen ? null : own)}
        >
          {name}
        </button>
        <div class="lane-track" title={dateTime(from)}>
          <div
            class="step-bar"
            style={{
              left: `${(100 * (from - axis.from)) / axis.seconds}%`,
              width: `${(100 * (to - from)) / axis.seconds}%`,
            }}
          >
            <Bar
              size="step"
              tone={step.done ? "done" : active ? "running" : "still"}
              percent={stepPercent(step)}
              label={name}
            />
            {broken !== null && <Glyph state={broken} />}
          </div>
        </div>
        <span class="step-facts">{facts(step, active, broken !== null, to - from).join(", ")}</span>
      </li>
    );
  }
}

/** "47 %, 3 of 12 rows, 1.2 rows/s, 12 s left" while it runs; "2.1 s, 12 rows" when it is over; "broke off after 2.1 s, 37 %". */
function facts(step: Step, active: boolean, broken: boolean, seconds: number): string[] {
  const percent = stepPercent(step);
  const whole = percent === null || (percent === 100 && !active) ? "" : percentText(percent);
  const timed = step.started_at !== null && !active;
  const took = timed ? duration(seconds) : "";
  const ended = broken ? taskText.timeline.brokeOff(took) : took;
  const says = step.name && step.description !== step.name ? withoutEscapes(step.description) : "";
  const pace = active ? [speed(step), step.eta === null ? "" : left(step.eta)] : [];
  return [ended, whole, stepAmount(step), ...pace, active ? says : ""].filter(
    (each): each is string => !!each,
  );
}
