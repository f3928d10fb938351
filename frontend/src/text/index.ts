/** Everything that the page says, in one place. Plain, exact, sentence case. */

import { groupOfState } from "../contract/groups";
import type { State, Task } from "../contract/messages";
import { activeSteps, isRunning } from "../contract/progress";
import { about, duration, fileKinds, plural, timeOfDay } from "./format";
import { groupText } from "./group";
import { keysText } from "./keys";
import { mailboxText } from "./mailbox";
import { taskText } from "./task";
import { tasksText } from "./tasks";

export const text = {
  name: "Phloem",
  skip: "Skip to the page",
  nav: {
    label: "Pages",
    tasks: "Tasks",
    launch: "Launch",
    workers: "Workers",
    queues: "Queues",
    schedule: "Schedule",
    now: "Now",
    signOut: "Sign out",
  },
  theme: {
    system: "Theme: as the system",
    paper: "Theme: paper",
    night: "Theme: night",
  },
  times: {
    title: "Times",
    style: "Times are shown",
    relative: "as “2 min ago”",
    absolute: "as the clock has them",
    zone: "Time zone",
    local: "of this machine",
    utc: "UTC",
  },
  connection: {
    connecting: "connecting",
    denied: "signed out",
    signIn: "Sign in again",
    live: (roundTrip: number | null) =>
      roundTrip === null ? "live" : `live ${Math.max(1, Math.round(roundTrip))}\u00a0ms`,
    behind: (seconds: number) => `${duration(seconds)} behind`,
    watching: (count: number) => `${count} watching`,
    reconnecting: (seconds: number) =>
      seconds < 1 ? "reconnecting" : `reconnecting, ${about(seconds)}`,
    resynced: (changes: number) =>
      changes ? `resynced, ${plural(changes, "change")}` : "resynced, nothing new",
    stale: "waiting for Redis",
    explainConnecting: "The page asks for what it shows.",
    explainBehind: "The server's answers are slow to come: what you see may be that old.",
    explainResynced: "The connection was away. What changed meanwhile is on the page now.",
    explainStale: "The server itself waits for Redis, where the tasks are on record.",
    explainReconnecting: (since: number) =>
      `Lost at ${timeOfDay(since)}. It is tried again by itself.`,
    explainWatching: "So many pages look at this server now, yours among them.",
    explainLive: "Everything on this page is the present.",
    explainRoundTrip: "How long a message takes to the server and back.",
    spokenReconnecting: "The connection is lost. Reconnecting.",
    spokenLive: "Live again.",
  },
  truth: {
    stale: (since: number) =>
      since
        ? `The server waits for Redis. What you see is from ${timeOfDay(since)}; it moves on by itself.`
        : "The server waits for Redis. What you see is from before; it moves on by itself.",
    lost: (since: number) =>
      `No connection to the server. What you see is from ${timeOfDay(since)}; it moves on by itself.`,
    denied: "The server asks you to sign in again.",
  },
  newer: {
    sentence: "A new version of this page is there.",
    reload: "Reload",
    later: "Not now",
  },
  group: groupText,
  tasks: tasksText,
  task: taskText,
  keys: keysText,
  launch: {
    title: "Launch",
    loading: "Asking what can be launched",
    none: "There is nothing to launch: no Celery app is known to the server. Start it with --app MODULE:CELERY.",
    choose: "Choose a job.",
    unknownJob: (name: string) => `No job is called ${name}.`,
    submit: "Launch",
    submitting: "Launching",
    uploading: (filename: string, percent: number) => `Uploading ${filename}, ${percent}\u00a0%`,
    launched: "Launched from here",
    /** Before the name of what was launched. */
    justLaunched: "Launched",
    awaited: "on its way",
    noArguments: "This job takes no arguments.",
    optional: "optional",
    onePerLine: "one per line",
    pick: "Choose a file",
    noFile: "No file chosen",
    unset: "not set",
    yes: "yes",
    no: "no",
  },
  mailbox: mailboxText,
  /** What the rest of that page says is loaded with it. */
  now: {
    loading: "Asking for the last hour",
    notLoaded: "What draws this page could not be loaded.",
    reload: "Load the page again",
  },
  field: {
    asObject: 'As JSON, such as {"name": "value"}.',
    asList: "As a JSON list, such as [1, 2].",
    asJson: 'As JSON: 42, true, "a text in quotes".',
    required: "This is needed.",
    number: "A number is needed.",
    integer: "A whole number is needed.",
    json: "This is not valid JSON.",
    least: (limit: number) => `At least ${limit}.`,
    most: (limit: number) => `At most ${limit}.`,
    above: (limit: number) => `More than ${limit}.`,
    below: (limit: number) => `Less than ${limit}.`,
    email: "A mail address is needed, such as ann@example.com.",
    shortest: (limit: number) => `At least ${plural(limit, "character")}.`,
    longest: (limit: number) => `At most ${plural(limit, "character")}.`,
    address: "An address is needed, such as https://example.com/file.",
    example: (example: string) => `It has to look like ${example}.`,
    pattern: (pattern: string) => `It has to match ${pattern}.`,
    kind: (filename: string, accepted: readonly string[]) =>
      `${filename} is no ${fileKinds(accepted)}.`,
    tooMany: (most: number) => `At most ${most} files.`,
    tooLarge: (size: string, limit: string) => `This file has ${size}; the limit is ${limit}.`,
  },
  problem: {
    unreachable: "The server does not answer.",
    notUploaded: "The server does not answer, so nothing was launched.",
    unanswered:
      "The server did not answer. It may have launched the task all the same: look at the list before you launch it again.",
    status: (status: number) => `The server answered with status ${status} and no reason.`,
    again: "Try again",
    refused: (reason: string) =>
      reason ? `The server will not show this: ${reason}` : "The server will not show this.",
  },
  notFound: { title: "No page here", sentence: "Nothing has this address." },
} as const;

/** The paragraphs of a docstring, each as one line: where its author's editor wrapped says nothing. */
export function paragraphs(doc: string | null): string[] {
  return (doc ?? "")
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().replace(/\s+/g, " "));
}

/** The one word for a state, wherever it is named. */
export function stateWord(state: State): string {
  return text.group[groupOfState(state)];
}

/** What a task says of itself: its error, its last message, or the step it is at. */
export function says(task: Task): string {
  if (task.error && (task.state === "FAILURE" || task.state === "RETRY" || task.state === "LOST")) {
    return task.error.message ? `${task.error.type}: ${task.error.message}` : task.error.type;
  }
  return task.message ?? activeSteps(task).at(-1)?.description ?? "";
}

/** What stands where the bar would be: how it ended, or what it waits for. `now`: server time. */
export function outcome(task: Task, now: number): string {
  const ran =
    task.started_at !== null && task.finished_at !== null
      ? duration(task.finished_at - task.started_at)
      : null;
  const later = task.eta !== null && task.eta > now ? about(task.eta - now) : null;
  switch (task.state) {
    case "PENDING":
      return later ? `starts in ${later}` : "waiting for a worker";
    case "RECEIVED":
      return later ? `starts in ${later}` : "waiting at its worker";
    case "RETRY":
      return later ? `tries again in ${later}` : "tries again";
    case "SUCCESS":
      return ran ? `done in ${ran}` : "done";
    case "FAILURE":
      if (task.retries) return `failed after ${plural(task.retries + 1, "try", "tries")}`;
      return ran ? `failed after ${ran}` : "failed";
    case "REVOKED":
      return ran ? `revoked after ${ran}` : "revoked before it started";
    case "LOST":
      return task.error ? "lost" : "lost: its worker vanished";
    default:
      return "";
  }
}

/** Seconds left as a person says them. */
export function left(seconds: number): string {
  return seconds < 0.5 ? "any moment" : `${about(seconds)} left`;
}

export function soon(seconds: number): string {
  return `in ${about(seconds)}`;
}

export function ago(seconds: number): string {
  return seconds < 1 ? "just now" : `${about(seconds)} ago`;
}

/** The whole state of a task in one sentence, for those who do not see the bar. */
export function spoken(task: Task, percent: number | null): string {
  const word = stateWord(task.state);
  return isRunning(task.state) && percent !== null ? `${word}, ${percent} percent` : word;
}
