/** The words of the page of all tasks. */

import type { GroupKey } from "../contract/groups";
import { number, plural } from "./format";
import { groupText } from "./states";

export const tasksText = {
  title: "Tasks",
  all: "all",
  filter: "Filter by state",
  loading: "Asking for the tasks",
  searching: "Still looking",
  empty: "Nothing has run yet. Everything your workers do appears here, the moment it happens.",
  start: "Launch a countdown of 10 s",
  starting: "Launching",
  noCountdown: "Submit a task from your application, or look at what can be launched.",
  none: (group: GroupKey | null, search: string) =>
    search
      ? `${group ? `No ${groupText[group]} task` : "No task"} fits “${search}”. Each word is looked for in names, labels, ids, queues, workers, arguments, results, errors and last words.`
      : `No task is ${group ? groupText[group] : "here"} now.`,
  showAll: "Show all tasks",
  search: "Search tasks",
  searchHint: "state:failed name:images.* -queue:slow timeout",
  proposals: "What it could become",
  fault: {
    state: (_: string, value: string) =>
      `No state is called “${value}”. There are ${Object.values(groupText).join(", ")}.`,
    age: (_: string, value: string) => `“${value}” is no age. It is written <1h, >30m or >2d.`,
    moment: (key: string, value: string) =>
      `“${value}” is no time. After “${key}:” comes 14:30, 2026-11-30, 2026-11-30T14:30, midnight, today, yesterday, or an age such as 2h.`,
    duration: (key: string, value: string) =>
      `“${value}” is no comparison. After “${key}:” comes >10s, >=1.5m or <2h.`,
    count: (key: string, value: string) =>
      `“${value}” is no comparison. After “${key}:” comes >1, <=3 or 2.`,
    group: () =>
      "Errors are not grouped here. The tasks of a group of Celery’s are those of “group_id:”.",
    twice: (key: string) => `“${key}:” can be asked for once.`,
    not: (key: string) => `“-${key}:” cannot be asked for.`,
    nothing: (key: string) => `“${key}:” waits for what it is to be.`,
  },
  unknownField: (name: string) => `There is no field ${name}; it is looked for as text.`,
  /** Of newer tasks only 200 are known. */
  newAbove: (count: number) => (count < 200 ? `${number(count)} new` : "200 or more new"),
  retried: "retried",
  choose: (name: string) => `Choose ${name}`,
  chooseAll: "Choose all that are shown",
  bulk: {
    label: "What can be done to the chosen tasks",
    chosen: (count: number) => `${number(count)} chosen`,
    clear: "Clear selection",
    close: "Close",
    copy: "Copy ids",
    costRevoke: (count: number) => `${plural(count, "task")} will not run. This cannot be undone.`,
    agreeRevoke: "Revoke them",
    keepRevoke: "Let them wait",
    costTerminate: (count: number) =>
      `The processes that run ${plural(count, "task")} are ended where they stand. What they have begun stays half done.`,
    agreeTerminate: "Terminate them",
    keepTerminate: "Let them run",
    costRetry: (count: number) =>
      `${plural(count, "task")} will be run again, as tasks of their own. What followed them in their workflows runs only if you say so.`,
    agreeRetry: "Run them again",
    keepRetry: "Leave them as they are",
    agreeFollow: "And what follows them",
    revoked: (count: number) => `${number(count)} revoked.`,
    terminated: (count: number) => `${number(count)} asked to end.`,
    retried: (count: number) => `${number(count)} run again.`,
    refused: (count: number, reason: string) => `${number(count)} refused: ${reason}`,
  },
  peek: {
    label: (name: string) => `${name}, beside the list`,
    peek: (name: string) => `Look at ${name} beside the list`,
    loading: "Asking for this task",
    open: "Open",
    close: "Close",
    others: (type: string) => `All that failed with ${type}`,
    args: "Arguments",
    kwargs: "Named arguments",
    state: "State",
    sent: "Sent",
    tries: "Tries",
    waited: "Waited",
    queue: "Queue",
    worker: "Worker",
    owner: "Owner",
    release: "Release",
    retriedAs: "Run again as",
  },
  command: {
    chooseAll: "Choose all that are shown",
    clear: "Clear selection",
    retry: (count: number) => `Run ${plural(count, "chosen task")} again`,
  },
  tools: {
    views: "Views",
    explainViews: "Saved searches",
    noViews: "Searches that you save stand here.",
    viewName: "Name of this view",
    save: "Save",
    forget: (name: string) => `Forget ${name}`,
    columns: "Columns",
    explainColumns: "Columns and density",
    compact: "Compact rows",
    export: "Export",
    explainExport: "Export what is shown",
    csv: "As CSV",
    json: "As JSON",
  },
  clear: "Clear the search",
  askingOlder: "Asking for older tasks",
  older: (shown: number, all: number) =>
    `The newest ${plural(shown, "task")} of ${plural(all, "task").replace(/\D+$/, "")} are shown.`,
  column: {
    name: "Task",
    says: "Says",
    bar: "Progress",
    percent: "Percent",
    rate: "Rate",
    left: "Time left",
    state: "State",
    waited: "Waited",
    ran: "Ran",
    queue: "Queue",
    worker: "Worker",
    age: "Age",
  },
} as const;
