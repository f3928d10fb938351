/** The words of the page of the last hour. */

import { duration, hourMinute, number, percent, timeOfDay } from "../format";

export type LineName = "done" | "failed" | "waiting" | "running";

const lineText: Readonly<Record<LineName, string>> = {
  done: "done",
  failed: "failed",
  waiting: "waiting",
  running: "running",
};

/** The parts that are not 0, the greatest first. */
function partsText(parts: readonly { label: string; value: number }[]): string {
  const some = parts.filter(({ value }) => value > 0).sort((one, other) => other.value - one.value);
  return some.length
    ? `, of these ${some.map(({ label, value }) => `${label} ${number(value)}`).join(", ")}`
    : "";
}

export const activityText = {
  quiet: "Nothing ran in the last hour.",
  launch: "Launch a task",
  figures: "Now",
  perMinute: "ended per minute",
  waiting: "waiting",
  running: "running",
  failed: "failed in the last hour",
  line: lineText,
  /** Beside the last values of a plot. */
  present: "now",
  ended: "Ended per minute",
  levels: { waiting: "Waiting", running: "Running" },
  drag: "Drag over a stretch of time to see its tasks",
  /** The legend of the bands. */
  byQueue: "Waiting by queue",
  others: "others",
  othersMean: "All other queues, and tasks whose queue is not known",
  noQueue: "queue not known",
  noQueueMeans: "Tasks whose queue is not known",
  /** A plot in words, for screen readers: its title, and the last and the greatest value of each line and band. */
  plot: (
    title: string,
    lines: readonly { name: LineName; values: readonly number[] }[],
    bands: readonly { label: string; values: readonly number[] }[],
  ) =>
    `${title}, over the last hour. ${[
      ...lines.map(({ name, values }) => ({ label: lineText[name], values })),
      ...bands,
    ]
      .map(
        ({ label, values }) =>
          `${label}: ${number(values.at(-1) ?? 0)} now, ${number(Math.max(0, ...values))} at most`,
      )
      .join("; ")}.`,
  /** What reads a plot by keyboard, for screen readers. */
  read: (title: string) => `Read: ${title}`,
  keys: "Arrow keys read the values; with Shift they mark a stretch of time, and Enter opens its tasks",
  reading: (
    at: number,
    values: readonly { name: LineName; value: number }[],
    /** What the bands of the plot are then. */
    parts: readonly { label: string; value: number }[],
    marked: readonly [from: number, to: number] | null,
  ) =>
    marked
      ? `${timeOfDay(marked[0])} to ${timeOfDay(marked[1])}`
      : `${timeOfDay(at)}: ${values.map(({ name, value }) => `${lineText[name]} ${number(value)}`).join(", ")}${partsText(parts)}`,
  releases: "Releases that began to run:",
  releasedAt: (at: number) => `at ${hourMinute(at)}`,
  jobs: "Jobs of the last hour",
  job: {
    list: "All in the list",
    launch: "Launch it",
    figures: "The last hour",
    ended: "ended",
    failed: "failed",
    failures: "Its failures",
    noFailure: "None failed in the last hour.",
    slowest: "Its slowest runs",
    noRun: "None ended in the last hour.",
    waits: "Its longest waits",
    noWait: "None waited in the last hour.",
    /** Of more tasks than are looked at. */
    newest: (count: number) => `Of the newest ${number(count)} of the hour.`,
    unknown: "No task of this name ended in the last hour.",
  },
  column: {
    name: "Job",
    count: "Ended",
    failed: "Failed",
    spread: "Run time",
    p50: "Half within",
    p95: "95\u00a0% within",
    p99: "99\u00a0% within",
  },
  /** The ends of a scale. */
  ends: (from: number, to: number) => `${duration(from)} to ${duration(to)}`,
  unnamed: "others",
  unknown: "–",
  explain: "Run times are those of tasks that succeeded.",
  share: (part: number, whole: number) => {
    if (!part) return "0";
    const value = (100 * part) / whole;
    return `${number(part)} (${value < 1 ? "<\u00a01\u00a0%" : percent(value)})`;
  },
} as const;
