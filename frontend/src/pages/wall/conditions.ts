/** What a wall says in a sentence, the gravest first. Pure. */

import { isTroubled, type Queue, standsStill, type Worker, waitingIn } from "../../contract/boards";
import type { Moment } from "../../contract/hour";
import { wallText as words } from "../../text/activity/wall";

/** How current the wall is; null where it shows the present. */
export interface Away {
  readonly kind: "signed out" | "lost" | "stale" | "behind";
  /** Since when, in Unix seconds, or for how many seconds. */
  readonly seconds: number;
}

export interface Known {
  readonly away: Away | null;
  /** What keeps Redis from recording, or the broker from answering, as sentences. */
  readonly troubles: readonly string[];
  /** Whether the broker and the workers have yet to answer. */
  readonly asking: boolean;
  /** Null where they are not known, or not the viewer's to know. */
  readonly queues: readonly Queue[] | null;
  readonly workers: readonly Worker[] | null;
  readonly moments: readonly Moment[] | null;
  readonly waiting: number;
  readonly running: number;
  /** Whether any task was ever recorded. */
  readonly begun: boolean;
  /** The server's time, in Unix seconds. */
  readonly now: number;
}

export interface Condition {
  /**
   * `well` and `quiet` are calm; `some` and `still` are not, and no alarm either: a few of many failed, tasks do not start.
   * `away` says that what is shown may be old.
   */
  readonly kind: "well" | "quiet" | "some" | "still" | "trouble" | "away";
  readonly sentence: string;
}

const LATELY_MINUTES = 10;

/** Of what ended lately: where so much failed, more is wrong than single tasks. */
const MANY = 0.1;

/** At least one. */
export function conditions(known: Known): readonly Condition[] {
  const found: Condition[] = [];
  if (known.away) found.push({ kind: "away", sentence: awayText(known.away) });
  for (const sentence of known.troubles) found.push({ kind: "trouble", sentence });
  const online = known.workers?.filter((worker) => worker.online).length;
  const trouble = (sentence: string) => found.push({ kind: "trouble", sentence });
  const nobody = online === 0 && (known.begun || known.waiting > 0 || !!known.workers?.length);
  if (nobody) trouble(words.noWorker(known.waiting));
  const queues = known.queues ?? [];
  const undrawn = queues.filter(isTroubled);
  if (online !== 0 && undrawn.length > 0) trouble(words.undrawn(namesOf(undrawn), sumOf(undrawn)));
  const { ended: all, failed } = lately(known.moments ?? []);
  const many = failed > 0 && failed >= MANY * all;
  if (many) trouble(words.failed(failed, all, LATELY_MINUTES));
  const still = queues.filter((queue) => standsStill(queue, known.now));
  if (still.length > 0) {
    const oldest = Math.min(...still.map(({ oldest_at: at }) => at ?? known.now));
    const sentence = words.standsStill(namesOf(still), sumOf(still), known.now - oldest);
    found.push({ kind: "still", sentence });
  }
  if (failed > 0 && !many) {
    found.push({ kind: "some", sentence: words.failed(failed, all, LATELY_MINUTES) });
  }
  return found.length > 0 ? found : calm(known, online);
}

/** Where nothing is wrong. */
function calm(known: Known, online: number | undefined): readonly Condition[] {
  if (known.asking) return [{ kind: "quiet", sentence: words.asking }];
  const stands = known.waiting === 0 && known.running === 0;
  if (online !== undefined && stands && !known.begun) {
    return [
      { kind: "quiet", sentence: online === 0 ? words.noWorkerYet : words.nothingYet },
      { kind: "quiet", sentence: words.willBe },
    ];
  }
  const ended = known.moments?.some(([, ok, bad]) => ok + bad > 0) ?? true;
  if (stands && !ended) return [{ kind: "quiet", sentence: words.quiet }];
  return [{ kind: "well", sentence: words.well }];
}

function namesOf(queues: readonly Queue[]): readonly string[] {
  return queues.map(({ name }) => name);
}

function sumOf(queues: readonly Queue[]): number {
  return queues.reduce((sum, queue) => sum + waitingIn(queue), 0);
}

/** What ended, and failed, in the last minutes of the hour. */
function lately(moments: readonly Moment[]): { readonly ended: number; readonly failed: number } {
  const last = moments.at(-1)?.[0] ?? 0;
  let [ended, failed] = [0, 0];
  for (const [at, ok, bad] of moments) {
    if (at <= last - 60 * LATELY_MINUTES) continue;
    ended += ok + bad;
    failed += bad;
  }
  return { ended, failed };
}

function awayText({ kind, seconds }: Away): string {
  switch (kind) {
    case "signed out":
      return words.signedOut;
    case "lost":
      return words.lost(seconds);
    case "stale":
      return words.stale(seconds);
    case "behind":
      return words.behind(seconds);
  }
}
