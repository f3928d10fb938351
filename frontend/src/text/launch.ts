/** The words of the launch page and its forms. */

import { fileKinds, plural } from "./format";

export const launchText = {
  title: "Launch",
  loading: "Asking what can be launched",
  none: "There is nothing to launch yet: no worker that is attached has told what it can run. Start one, or start the server with --app MODULE:CELERY.",
  waits: "No worker runs this now. What you launch waits until one does.",
  unknownJob: (name: string) => `No job is called ${name}.`,
  submit: "Launch",
  submitting: "Launching",
  uploading: (filename: string, percent: number) => `Uploading ${filename}, ${percent}\u00a0%`,
  launched: "Launched from here",
  /** Followed by the name of the job. */
  justLaunched: "Launched",
  awaited: "on its way",
  jobs: "Jobs",
  find: "Find a job",
  noneFits: "No job has these words.",
  other: "Choose another job",
  again: "Again with these",
  againWith: (job: string, values: string) =>
    `Again with these: ${job}${values ? `, ${values}` : ""}`,
  when: {
    title: "Queue and time",
    queue: "Queue",
    usually: (queue: string) => `Without one it goes to ${queue}.`,
    countdown: "Start after, in seconds",
    eta: "Start at",
    utc: "In UTC.",
    past: "This is past.",
    skipped: "There is no such time on that day: clocks are put forward.",
    both: "Either this or a number of seconds, not both.",
  },
  noArguments: "This job takes no arguments.",
  positional: "Positional arguments",
  named: "Named arguments",
  optional: "optional",
  onePerLine: "one per line",
  unset: "not set",
  yes: "yes",
  no: "no",
} as const;

export const fieldText = {
  asObject: 'As JSON, such as {"name": "value"}.',
  asList: "As a JSON list, such as [1, 2].",
  asJson: 'As JSON: 42, true, "a text in quotes".',
  required: "This is needed.",
  moment: "A date and a time are needed.",
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
} as const;

/** The paragraphs of a docstring, each as one line: its line breaks are those of an editor. */
export function paragraphs(doc: string | null): string[] {
  return (doc ?? "")
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().replace(/\s+/g, " "));
}
