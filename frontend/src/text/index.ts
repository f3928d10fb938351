/** All words of the page, apart from those that are loaded with a page of their own. Plain, exact, sentence case. */

import { meText } from "./access/me";
import { about, duration, plural, timeOfDay } from "./format";
import { mailboxText } from "./mailbox";
import { paletteText } from "./palette";
import { groupText } from "./states";
import { tasksText } from "./tasks";

export const text = {
  name: "Phloem",
  skip: "Skip to the page",
  loadingPage: "Loading the page",
  loadingTask: "Asking for this task",
  notificationsDenied: "Notifications are blocked for this page.",
  copy: "Copy",
  copied: "Copied",
  /** The ways back from a question: of one that would lose something, and of another. */
  answer: { keep: "Keep it", cancel: "Cancel" },
  nav: {
    label: "Pages",
    tasks: "Tasks",
    launch: "Launch",
    workers: "Workers",
    queues: "Queues",
    schedule: "Schedule",
    activity: "Now",
    wall: "Wall",
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
    scattered:
      "Several web processes answer in turn, and WebSocket does not get through the proxy: let it through, or keep each " +
      "viewer at one process. It is tried again by itself.",
  },
  newer: {
    sentence: "A new version of this page is there.",
    reload: "Reload",
    later: "Not now",
  },
  group: groupText,
  tasks: tasksText,
  palette: paletteText,
  mailbox: mailboxText,
  me: meText,
  share: {
    share: "Share",
    explain: "Makes a link for somebody who has no account here.",
    loading: "Asking for what is shared",
  },
  /** The rest of this page's words is loaded with it (activity/page.ts). */
  activity: {
    loading: "Asking for the last hour",
    wall: "Show it on a wall",
    notLoaded: "What draws this page could not be loaded.",
    reload: "Load the page again",
  },
  problem: {
    unreachable: "The server does not answer.",
    notUploaded: "The server does not answer, so nothing was launched.",
    unanswered:
      "The server did not answer. It may have launched the task all the same: look at the list before you launch it again.",
    undecided:
      "The server did not answer. It may have done it all the same: look before you do it again.",
    status: (status: number) => `The server answered with status ${status} and no reason.`,
    again: "Try again",
    refused: (reason: string) =>
      reason ? `The server will not show this: ${reason}` : "The server will not show this.",
  },
  notFound: { title: "No page here", sentence: "Nothing has this address." },
} as const;
