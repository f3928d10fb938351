/** The steps of a task, as an outline. */

import type { Step, Task } from "../../contract/messages";
import { depth, isRunning, outline, stepPercent } from "../../contract/progress";
import { text } from "../../text";
import { amount, left, percent as percentText } from "../../text/format";
import { Bar } from "../../ui/bar";
import { speed } from "../../ui/task_row/pace";

export function Steps({ task }: { readonly task: Task }) {
  // A single step without a name is what the large bar shows already.
  if (!task.steps.length || (task.steps.length === 1 && !task.steps[0]?.description)) return null;
  return (
    <section class="block">
      <h2>{text.task.steps}</h2>
      <ol class="steps">
        {outline(task.steps).map((step) => (
          <StepLine key={step.key} step={step} running={isRunning(task.state)} />
        ))}
      </ol>
    </section>
  );
}

function StepLine({ step, running }: { readonly step: Step; readonly running: boolean }) {
  const percent = stepPercent(step);
  const active = running && !step.done;
  return (
    <li
      class="step"
      data-step={step.key}
      data-done={step.done || undefined}
      style={{ "--depth": depth(step) }}
    >
      <span class="step-name" title={step.description}>
        {step.description || step.key}
      </span>
      <Bar
        size="step"
        tone={step.done ? "done" : active ? "running" : "still"}
        percent={percent}
        label={step.description || step.key}
      />
      <span class="step-percent">{percent === null ? "" : percentText(percent)}</span>
      <span class="step-amount">{stepAmount(step)}</span>
      <span class="step-rate">{active ? speed(step) : ""}</span>
      <span class="step-left">{active && step.eta != null ? left(step.eta) : ""}</span>
    </li>
  );
}

/**
 * "3 of 12 sizes" while running, "12 sizes" at the end, "7" without a total; empty for a number that says nothing: the
 * total alone at the end, and 0 without a total or a unit.
 */
export function stepAmount(step: Step): string {
  const total = step.current === step.total ? null : step.total;
  const alone = total === null && !step.unit;
  return alone && (step.total !== null || !step.current)
    ? ""
    : amount(step.current, total, step.unit);
}
