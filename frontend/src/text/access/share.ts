/** The words for sharing a task, and of the page of what was shared. */

import { dateTime, number, plural } from "../format";

export const shareText = {
  what: "What",
  task: "This task",
  workflow: "The whole workflow: everything that began with it",
  howLong: "For how long",
  times: { "1h": "an hour", "1d": "a day", "7d": "a week", "30d": "30 days" },
  make: "Make a link",
  close: "Close",
  shows: (workflow: boolean, until: number) =>
    `Whoever has this link sees ${
      workflow ? "all tasks of this workflow" : "this task"
    } until ${dateTime(until)}: progress, steps and log; by the API also arguments and results. They can change nothing, and see nothing else.`,
  link: "Link",
  copyLink: "Copy the link",
  tag: "Tag for a page of yours",
  copyTag: "Copy the tag",
  revoke: "Take it back",
  revoked: "Taken back. Whoever has the link sees nothing any more.",
  page: {
    loading: "Asking for what was shared",
    titleRefused: "Nothing to see",
    expired: "This link has expired.",
    revoked: "This link was taken back.",
    invalid: "This link is not one of this server's, or a part of it is missing.",
    again: "Whoever sent it to you can send you another.",
    workflow: "Workflow",
    tasks: "Tasks",
    back: "All of these tasks",
    none: "No task is on record. When one is sent, it appears here by itself.",
    ended: (ended: number, all: number) => `${number(ended)} of ${plural(all, "task")} ended`,
    listed: (shown: number) => `The newest ${number(shown)} are listed.`,
  },
} as const;
