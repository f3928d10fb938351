/** The words of the page of one task. */

import { hourMinute, number, plural } from "./format";

export const taskText = {
  back: "Tasks",
  loading: "Asking for this task",
  unknownTitle: "Task not known",
  unknown:
    "No task with this id is on record. It may have been removed, or not have been sent yet: then it appears here by itself.",
  steps: "Steps",
  facts: "Facts",
  arguments: "Arguments",
  positional: "Positional",
  named: "Named",
  noArguments: "None.",
  log: "Log",
  noLog: "Nothing logged yet.",
  result: "Result",
  noResult: "It returned nothing.",
  error: "Error",
  traceback: "Traceback",
  folded: (count: number, packages: readonly string[]) =>
    `${plural(count, "call")} in ${packages.slice(0, 3).join(", ")}`,
  follow: "Follow the end",
  copy: "Copy",
  copied: "Copied",
  doneAt: (unix: number) => `done at about ${hourMinute(unix)}`,
  action: {
    keep: "Keep it",
    revoke: "Revoke",
    explainRevoke: "Takes it back before it starts. Whatever waits for its result never gets one.",
    costRevoke: (retries: number) =>
      retries
        ? "It will not be tried again. This cannot be undone."
        : "It will not run. This cannot be undone.",
    agreeRevoke: "Revoke it",
    revoking: "Revoked; its worker has been told.",
    revoked: (later: boolean) =>
      later ? "revoked, dropped when it is due" : "revoked, dropped when its turn comes",
    terminate: "Terminate",
    explainTerminate: "Ends the process that runs it.",
    costTerminate: (percent: number | null) =>
      `The process that runs it is ended where it stands${
        percent ? `, at ${percent}\u00a0%` : ""
      }. What it has begun stays half done.`,
    agreeTerminate: "Terminate it",
    terminating: "Asked; its worker ends the process now.",
    retry: "Retry",
    explainRetry: "Runs it again with the same arguments, as a task of its own.",
    edit: "Retry with other arguments",
    explainEdit:
      "Runs it again as a task of its own, with what stands here. This one stays as it is.",
    sendEdited: "Run it again",
    wrongArgs: 'Positional arguments are a JSON list: [1, "two"].',
    wrongKwargs: 'Named arguments are a JSON object: {"width": 100}.',
    shortened: "The arguments were too long to be kept here as they were: fill them in anew.",
    replaced: "[redacted] stands where a secret was: put the secret itself there.",
  },
  notify: {
    ask: "Notify me",
    asked: "You will be notified",
    explain: "Shows a notification of your system when it is done, as long as this tab is open.",
    denied: "Notifications are blocked for this page.",
    title: (name: string, word: string) => `${name}: ${word}`,
  },
  timeline: {
    title: "Timeline",
    kind: { waiting: "waiting", running: "running", sleeping: "sleeping" },
    spent: {
      waiting: (time: string) => `waited ${time}`,
      running: (time: string) => `ran ${time}`,
      sleeping: (time: string) => `slept ${time}`,
    },
    asleep: (time: string) => `sleeps, ${time} left`,
    run: (number: number) => `Try ${number}`,
    retried: "then retried",
    earlier: (count: number) => `${plural(count, "earlier try", "earlier tries")} not shown.`,
  },
  logTools: {
    level: "Levels",
    all: "All lines",
    least: { info: "What it said", warning: "Warnings", error: "Errors" },
    find: "Find in the log",
    findHint: "Find",
    copy: "Copy",
    download: "Download",
    explainDownload: "The whole log as a text file, times in UTC.",
    count: (shown: number, all: number) =>
      shown ? `${number(shown)} of ${plural(all, "line")}.` : `None of ${plural(all, "line")}.`,
  },
  tree: {
    size: (count: number, list: boolean) =>
      list ? plural(count, "entry", "entries") : plural(count, "field"),
    more: (count: number) => `${number(count)} more`,
  },
  relation: {
    parent: "Started by",
    root: "Began with",
    children: "Started from here",
    group: "In the same group",
    retryOf: "Retry of",
    retries: "Run again as",
    all: (count: number) => (count === 1 ? "In the list" : `All ${number(count)} in the list`),
  },
  document: (filename: string) => `Document ${filename}`,
  opens: "PDF, opens in a tab of its own",
  picture: (filename: string) => `Picture ${filename}`,
  fact: {
    state: "State",
    id: "Id",
    name: "Name",
    queue: "Queue",
    worker: "Worker",
    tries: "Tries",
    created: "Created",
    received: "Received",
    started: "Started",
    finished: "Finished",
    waited: "Waited",
    ran: "Ran",
    eta: "Not before",
    expires: "Expires",
  },
} as const;
