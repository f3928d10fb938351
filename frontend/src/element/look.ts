/** What a bar shows of its task. Pure. */

import { withoutEscapes } from "../contract/escapes";
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
import { Speech } from "../text/element/speech";
import { shortName } from "../text/format";
import type { Seen } from "./connection/feed";

/** What may be older than this says of when it is. */
const OLD_SECONDS = 3;

export interface StepLook {
  readonly name: string;
  readonly depth: number;
  /** 0 to 100; null while unknown. */
  readonly percent: number | null;
  readonly amount: string;
}

/** Places for texts of the page: those of the states, and of what a bar says in their place. */
export type Slot =
  | "waiting"
  | "running"
  | "retrying"
  | "succeeded"
  | "failed"
  | "stopped"
  | "lost"
  | "expired"
  | "none";

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
  /** The slot whose text takes the place of the message. */
  readonly slot: Slot;
  readonly steps: readonly StepLook[];
  /** Why the bar is not current; empty when it is. */
  readonly link: string;
  readonly linkSlot: Slot;
  /** Whether it is shown as not current. */
  readonly old: boolean;
}

export const SLOTS: Readonly<Record<State, Exclude<Slot, "expired" | "none">>> = {
  PENDING: "waiting",
  RECEIVED: "waiting",
  STARTED: "running",
  PROGRESS: "running",
  RETRY: "retrying",
  SUCCESS: "succeeded",
  FAILURE: "failed",
  REVOKED: "stopped",
  LOST: "lost",
};

const ENGLISH = new Speech("en");

/** `name` is the label of the page; empty for the name of the task. */
export function look(
  seen: Seen,
  name = "",
  speech = ENGLISH,
  task: Task | null = seen.tasks[0] ?? null,
): Look {
  if (!task) return unknown(seen, name, speech);
  const whole = wholePercent(task);
  return {
    state: task.state,
    name: name || task.label || shortName(task.name ?? "") || speech.say("label"),
    percent: whole,
    percentText: whole === null ? "" : speech.figures.percent(whole),
    pace: paceText(task, seen.now, speech),
    message: messageText(task),
    slot: SLOTS[task.state],
    steps: isEnded(task.state) ? [] : outline(task.steps).map((step) => stepLook(step, speech)),
    ...linkLook(seen, speech),
  };
}

/** While there is nothing to show, or it may not be shown. */
export function unknown(seen: Seen, name: string, speech: Speech): Look {
  const { answered, refusal } = seen;
  return {
    state: null,
    name: name || speech.say("label"),
    percent: null,
    percentText: "",
    pace: "",
    message: refusalText(seen, speech) || speech.say(answered ? "unknown" : "connecting"),
    slot: refusal === null ? (answered ? "waiting" : "none") : slotOf(seen),
    steps: [],
    link: refusal === null ? linkText(seen, speech) : "",
    linkSlot: "none",
    old: refusal !== null || linkText(seen, speech) !== "",
  };
}

/** Why something that is shown is not current. */
export function linkLook(seen: Seen, speech: Speech): Pick<Look, "link" | "linkSlot" | "old"> {
  // Another connection takes over, which has not told the task again.
  const late = seen.refusal === null && seen.link.kind === "connecting";
  const link =
    refusalText(seen, speech) || (late ? speech.say("reconnecting") : linkText(seen, speech));
  return { link, linkSlot: slotOf(seen), old: link !== "" };
}

export function refusalText({ refusal }: Seen, speech: Speech): string {
  if (refusal === null) return "";
  return refusal.why === "told" ? refusal.text : speech.say(refusal.why);
}

function slotOf({ refusal }: Seen): Slot {
  return refusal?.why === "expired" ? "expired" : "none";
}

export function linkText({ link, now }: Seen, speech: Speech): string {
  if (link.kind === "reconnecting") return speech.say("reconnecting");
  const asOf = (since: number) => speech.say("asOf", { time: speech.figures.timeOfDay(since) });
  if (link.kind === "stale") return asOf(link.since);
  return link.kind === "behind" && link.by >= OLD_SECONDS ? asOf(now - link.by) : "";
}

function stepLook(step: Task["steps"][number], speech: Speech): StepLook {
  const { current, total, unit } = step;
  const { figures } = speech;
  return {
    name: withoutEscapes(step.description),
    depth: step.key.split(".").length - 1,
    percent: stepPercent(step),
    amount:
      total === null
        ? speech.apart(figures.amount(current, unit))
        : speech.say("of", {
            count: unit === "B" ? figures.bytes(current) : figures.number(current),
            total: figures.amount(total, unit),
          }),
  };
}

function paceText(task: Task, now: number, speech: Speech): string {
  const { figures } = speech;
  const said = speech.say(SLOTS[task.state]);
  if (task.state === "SUCCESS") {
    const took = ran(task);
    return took === null ? said : speech.say("succeededIn", { time: figures.duration(took) });
  }
  if (task.state === "RETRY" && task.eta !== null && task.eta > now) {
    return speech.say("retryIn", { time: figures.about(task.eta - now) });
  }
  const step = pace(task);
  if (!step) return said;
  const facts = [
    step.rate === null ? "" : speech.apart(figures.rate(step.rate, step.unit)),
    step.eta === null ? "" : speech.say("left", { time: figures.about(step.eta) }),
  ];
  return speech.join(facts) || said;
}

function messageText(task: Task): string {
  if (task.error && task.state !== "SUCCESS") return task.error.message || task.error.type;
  if (task.message) return withoutEscapes(task.message);
  return withoutEscapes(activeSteps(task).at(-1)?.description ?? "");
}
