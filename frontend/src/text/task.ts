/** The words of the page of one task. */

import { counted, hourMinute, number, plural } from "./format";

export const taskText = {
  back: "Tasks",
  unknownTitle: "Task not known",
  unknown:
    "No task with this id is on record. It may have been removed, or not have been sent yet: then it appears here by itself.",
  facts: "Facts",
  arguments: "Arguments",
  positional: "Positional",
  named: "Named",
  noArguments: "None.",
  argumentsUnknown: "Nobody told.",
  withheld:
    "Not told yet: who sent this task does not know its signature, and cannot tell which arguments are secret. A worker that receives it can.",
  log: "Log",
  noLog: "Nothing logged yet.",
  result: "Result",
  noResult: "It returned nothing.",
  error: "Error",
  traceback: "Traceback",
  folded: (count: number, packages: readonly string[]) =>
    `${plural(count, "call")} in ${packages.slice(0, 3).join(", ")}`,
  follow: "Follow the end",
  at: (percent: string) => `, at ${percent}`,
  times: {
    title: "Times",
    sent: "sent",
    received: "received",
    started: "started",
    retried: (count: number) => (count === 1 ? "retried" : `retried ${number(count)} times`),
  },
  doneAt: (unix: number) => `done at about ${hourMinute(unix)}`,
  action: {
    revoke: "Revoke",
    explainRevoke: "Takes it back before it starts. Whatever waits for its result never gets one.",
    costRevoke: (retries: number) =>
      retries
        ? "It will not be tried again. This cannot be undone."
        : "It will not run. This cannot be undone.",
    agreeRevoke: "Revoke it",
    revoking: "Revoked; its worker has been told.",
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
    explainTyped: "Runs it again as a task of its own, with arguments that you name.",
    unnamed: "Nobody told what it is called, so it cannot be run again.",
    explainRetryFirst:
      "Runs it again with the arguments that it was sent with first, as a task of its own.",
    formFirst: "These are the arguments that it was sent with first; its last try had others.",
    withFirst: "It runs with the arguments that it was sent with first.",
    edit: "Retry with other arguments",
    explainEdit:
      "Runs it again as a task of its own, with what stands here. This one stays as it is.",
    sendEdited: "Run it again",
    wrongArgs: 'Positional arguments are a JSON list: [1, "two"].',
    wrongKwargs: 'Named arguments are a JSON object: {"width": 100}.',
    onlyThis: "Only this task",
    andWhatFollows: "And what follows",
    andNamed: (names: readonly string[]) => `And what follows: ${counted(names)}`,
    looking: "Asking for its arguments",
    stands:
      '{"$kept": …} stands for a value that is secret, or that JSON cannot hold. Leave it as it is to keep that value, or put another one there.',
  },
  observed: {
    title: "Not attached",
    by: (tellers: readonly string[]) => `Known by ${counted(tellers)}. Not known:`,
    teller: {
      attach: "attached processes",
      backend: "the result backend",
      events: "Celery's events",
      broker: "the broker",
      inspect: "what its worker answers",
    } as Readonly<Record<string, string>>,
    unknown: {
      progress: "how far it is, unless it calls update_state",
      log: "what it logs",
      whole: "its result or error as a whole: Celery's events cut texts",
      call: "its message, so it cannot be run again as it was; arguments are text that Celery cut",
      created: "when it was sent, and how long it waited",
    },
    cure: "One line where its app is made tells all of it:",
  },
  notify: {
    ask: "Notify me",
    asked: "You will be notified",
    explain: "Shows a notification of your system when it is done, as long as this tab is open.",
    title: (name: string, word: string) => `${name}: ${word}`,
  },
  /** What became of a task, as it stands in its log. */
  became: {
    PENDING: "waits",
    RECEIVED: "received by a worker",
    STARTED: "started",
    PROGRESS: "told how far it is",
    RETRY: "asked for another try",
    SUCCESS: "done",
    FAILURE: "failed",
    REVOKED: "revoked",
    LOST: "lost",
  },
  tries: {
    retried: "asked for another",
    /** Of Celery's own words where the task gave no reason: "Retry in 1s". */
    retriedAs: (message: string) =>
      `asked for another${message ? message.replace(/^(Retry )?/, (own) => (own ? " " : ": ")) : ""}`,
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
    whole: "Whole task",
    explainChoose: "Shows only the log of this try.",
    allSteps: (count: number) => `All ${plural(count, "step")}`,
    fewerSteps: "Fewer steps",
    retried: "then retried",
    earlier: (count: number) => `${plural(count, "earlier try", "earlier tries")} not shown.`,
  },
  logTools: {
    level: "Levels",
    all: "All lines",
    least: { info: "What it said", warning: "Warnings", error: "Errors" },
    step: (key: string) => `Step ${key}`,
    lines: (count: number, grave: number) =>
      `${plural(count, "line")}${grave ? `, ${plural(grave, "warning or error", "warnings or errors")}` : ""}`,
    wholeInstead: (name: string) => `Only the log of ${name} is shown: show the whole`,
    notShown: "The line of this address is not among those shown. The whole log may have it.",
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
    replacedBy: "Goes on as",
    owner: "Owner",
    launchedBy: "Launched by",
    queue: "Queue",
    exchange: "Exchange",
    routingKey: "Routing key",
    origin: "Sent by",
    priority: "Priority",
    worker: "Worker",
    release: "Release",
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
