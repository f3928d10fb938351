/** The words of what can be done to tasks. */

import { counted } from "./format";

export const actionText = {
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
};
