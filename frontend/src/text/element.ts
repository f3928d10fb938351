/** The words of the embedded bar. */

import type { State } from "../contract/messages";
import { about, duration, hourMinute } from "./format";

const WORDS: Readonly<Record<State, string>> = {
  PENDING: "Waiting",
  RECEIVED: "Waiting",
  STARTED: "Running",
  PROGRESS: "Running",
  RETRY: "Will be tried again",
  SUCCESS: "Done",
  FAILURE: "Failed",
  REVOKED: "Stopped",
  LOST: "Lost: its worker vanished",
};

export const elementText = {
  label: "Progress",
  connecting: "Connecting",
  unknown: "Not started yet",
  noTask: "No task was named",
  noServer: "The server's address makes no sense",
  reconnecting: "Reconnecting",
  ended: "This page's permission has ended. Load it again.",
  forbidden: "This page may not show this task.",
  stale: (since: number) => `As of ${hourMinute(since)}`,
  state: (state: State) => WORDS[state],
  retryIn: (seconds: number) => `Tried again in ${about(seconds)}`,
  doneIn: (seconds: number) => `Done in ${duration(seconds)}`,
  left: (seconds: number) => `${about(seconds)} left`,
};
