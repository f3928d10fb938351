/** What the list of tasks says. */

import { plural } from "../format";
import type { GroupKey } from "../select";
import { groupText } from "./group";

export const tasksText = {
  title: "Tasks",
  all: "all",
  filter: "Filter by state",
  loading: "Asking for the tasks",
  empty: "Nothing has run yet. Everything your workers do appears here, the moment it happens.",
  start: "Launch a countdown of 10 s",
  starting: "Launching",
  noCountdown: "Submit a task from your application, or look at what can be launched.",
  none: (group: GroupKey | null, search: string) =>
    search
      ? `${group ? `No ${groupText[group]} task` : "No task"} has “${search}” in its name, id, arguments or last words.`
      : `No task is ${group ? groupText[group] : "here"} now.`,
  showAll: "Show all tasks",
  search: "Search tasks",
  clear: "Clear the search",
  older: (shown: number, all: number) =>
    `The newest ${plural(shown, "task")} of ${plural(all, "task").replace(/\D+$/, "")} are shown.`,
  column: {
    name: "Task",
    says: "Says",
    bar: "Progress",
    percent: "Percent",
    rate: "Rate",
    left: "Time left",
    queue: "Queue",
    worker: "Worker",
    age: "Age",
  },
} as const;
