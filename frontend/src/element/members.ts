/** What a bar shows of the tasks of a workflow or a group. Pure. */

import { RUNNING, type State, type Task, type Totals } from "../contract/generated";
import { isRunning } from "../contract/progress";
import type { Speech } from "../text/element/speech";
import { shortName } from "../text/format";
import type { Seen } from "./connection/feed";
import { type Look, linkLook, SLOTS, type StepLook, unknown } from "./look";

/** How many of the tasks are how far. */
export interface Members {
  readonly total: number;
  readonly waiting: number;
  readonly running: number;
  readonly succeeded: number;
  /** Those whose worker vanished as well. */
  readonly failed: number;
  readonly stopped: number;
}

/** What is known of all of them together. */
export interface Workflow {
  /** The id of its first task, or of the group. */
  readonly id: string;
  readonly state: State;
  /** How much of the whole is done, 0 to 100. */
  readonly percent: number;
  readonly members: Members;
}

/** The states of those that are told one by one: the others are counted. */
export const TOLD: State[] = [...RUNNING, "FAILURE", "LOST"];
/** How many a card shows with bars of their own. */
const SHOWN = 8;

/** `expected` is how many tasks the page knows that there will be; null before the first is known. */
export function workflow(id: string, seen: Seen, expected = 0): Workflow | null {
  if (!Object.values(seen.totals).some(Boolean)) return null;
  const members = count(seen.totals, expected);
  const state = stateOf(members);
  const shares = seen.tasks
    .filter((task) => isRunning(task.state))
    .map((task) => task.percent ?? 0);
  const done = shares.reduce((sum, share) => sum + share / 100, members.succeeded);
  const percent = Math.floor((100 * done) / members.total);
  return {
    id,
    state,
    percent: state === "SUCCESS" ? 100 : Math.min(Math.max(percent, 0), 99),
    members,
  };
}

function count(totals: Totals, expected: number): Members {
  const of = (...states: State[]) => states.reduce((sum, state) => sum + (totals[state] ?? 0), 0);
  const running = of("STARTED", "PROGRESS");
  const succeeded = of("SUCCESS");
  const failed = of("FAILURE", "LOST");
  const stopped = of("REVOKED");
  const rest = running + succeeded + failed + stopped;
  const total = Math.max(expected, rest + of("PENDING", "RECEIVED", "RETRY"));
  return { total, waiting: total - rest, running, succeeded, failed, stopped };
}

function stateOf({ waiting, running, failed, stopped, total }: Members): State {
  if (running > 0 || (waiting > 0 && waiting < total)) return "PROGRESS";
  if (waiting > 0) return "PENDING";
  return failed > 0 ? "FAILURE" : stopped > 0 ? "REVOKED" : "SUCCESS";
}

/** `name` is the label of the page, or what the first task is called. */
export function lookOfMembers(
  seen: Seen,
  whole: Workflow | null,
  name: string,
  speech: Speech,
): Look {
  if (!whole) return unknown(seen, name, speech);
  const { state, percent, members } = whole;
  const isOver = state !== "PROGRESS" && state !== "FAILURE";
  return {
    state,
    name: name || speech.say("label"),
    percent,
    percentText: speech.figures.percent(percent),
    pace: speech.join([
      isOver ? speech.say(SLOTS[state]) : "",
      speech.say("of", { count: members.succeeded, total: members.total }),
      members.failed ? speech.say("failures", { count: members.failed }) : "",
    ]),
    message: messageText(seen.tasks),
    slot: SLOTS[state],
    steps: seen.tasks
      .filter((task) => isRunning(task.state))
      .slice(0, SHOWN)
      .map((task) => stepLook(task, speech)),
    ...linkLook(seen, speech),
  };
}

function stepLook(task: Task, speech: Speech): StepLook {
  const { percent } = task;
  return {
    name: called(task),
    depth: 0,
    percent,
    amount: percent === null ? "" : speech.figures.percent(percent),
  };
}

/** Which one failed last, and why; else what runs says. */
function messageText(tasks: readonly Task[]): string {
  const failed = tasks.find((task) => !isRunning(task.state));
  if (failed) return [called(failed), failed.error?.message].filter(Boolean).join(": ");
  return tasks.find((task) => task.message)?.message ?? "";
}

function called(task: Task): string {
  return task.label || shortName(task.name ?? task.id);
}
