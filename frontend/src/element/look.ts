/** What a bar shows of its task. Pure. */

import type { State, Task } from "../contract/messages";
import {
  activeSteps,
  isEnded,
  outline,
  pace,
  ran,
  stepPercent,
  wholePercent,
} from "../contract/progress";
import { elementText as text } from "../text/element";
import { amount, percent, rate, shortName } from "../text/format";
import type { Seen } from "./feed";

export interface StepLook {
  readonly name: string;
  readonly depth: number;
  /** 0 to 100; null while unknown. */
  readonly percent: number | null;
  readonly amount: string;
}

export interface Look {
  /** Null while the task is unknown. */
  readonly state: State | null;
  /** What the bar is of: the label of the page, or the name of the task. */
  readonly name: string;
  /** 0 to 100; null while unknown. */
  readonly percent: number | null;
  readonly percentText: string;
  /** The rate and the time left; or how it ended. */
  readonly pace: string;
  /** The last message, or the error. */
  readonly message: string;
  readonly steps: readonly StepLook[];
  /** Why the bar is not current; empty when it is. */
  readonly link: string;
  /** Whether it is shown as not current. */
  readonly old: boolean;
}

/** `name` is the label of the page; empty for the name of the task. */
export function look(seen: Seen, name = ""): Look {
  const { task } = seen;
  const link = linkText(seen);
  const old = link !== "" || seen.refusal !== null;
  if (!task) {
    const message = seen.refusal ?? (seen.answered ? text.unknown : text.connecting);
    const nothing = { percent: null, percentText: "", pace: "", steps: [] };
    return { state: null, name: name || text.label, message, link, old, ...nothing };
  }
  const whole = wholePercent(task);
  return {
    state: task.state,
    name: name || task.label || shortName(task.name ?? "") || text.label,
    percent: whole,
    percentText: whole === null ? "" : percent(whole),
    pace: paceText(task, seen.now),
    message: messageText(task),
    steps: isEnded(task.state) ? [] : outline(task.steps).map(stepLook),
    link,
    old,
  };
}

function stepLook(step: Task["steps"][number]): StepLook {
  return {
    name: step.description,
    depth: step.key.split(".").length - 1,
    percent: stepPercent(step),
    amount: amount(step.current, step.total, step.unit),
  };
}

function paceText(task: Task, now: number): string {
  if (task.state === "SUCCESS") {
    const took = ran(task);
    return took === null ? text.state(task.state) : text.doneIn(took);
  }
  if (task.state === "RETRY" && task.eta !== null && task.eta > now) {
    return text.retryIn(task.eta - now);
  }
  const step = pace(task);
  if (!step) return text.state(task.state);
  const parts = [
    step.rate === null ? "" : rate(step.rate, step.unit),
    step.eta === null ? "" : text.left(step.eta),
  ].filter(Boolean);
  return parts.join(", ") || text.state(task.state);
}

function messageText(task: Task): string {
  if (task.error && task.state !== "SUCCESS") return task.error.message || task.error.type;
  if (task.message) return task.message;
  return activeSteps(task).at(-1)?.description ?? "";
}

function linkText({ task, link, refusal }: Seen): string {
  if (refusal !== null) return task ? refusal : "";
  if (link.kind === "reconnecting") return text.reconnecting;
  // Another connection takes over, which has not told the task again.
  if (link.kind === "connecting") return task ? text.reconnecting : "";
  return link.kind === "stale" ? text.stale(link.since) : "";
}
