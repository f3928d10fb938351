/** What a wall says in a sentence, the gravest first. Pure. */

import { isTroubled, type Queue, type Worker } from "../../contract/boards";
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
  /** Null where they are not known, or not the viewer's to know. */
  readonly queues: readonly Queue[] | null;
  readonly workers: readonly Worker[] | null;
  readonly moments: readonly Moment[] | null;
  readonly waiting: number;
  readonly running: number;
}

export interface Condition {
  /**
   * `well` and `quiet` are calm; `some` is not, and no alarm either: a few of many failed. `away` says that what is shown
   * may be old.
   */
  readonly kind: "well" | "quiet" | "some" | "trouble" | "away";
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
  if (online === 0 && known.waiting > 0) trouble(words.noWorker(known.waiting));
  const undrawn = (known.queues ?? []).filter(isTroubled);
  if (online !== 0 && undrawn.length > 0) {
    const sum = undrawn.reduce((all, { depth, waiting }) => all + Math.max(depth ?? 0, waiting), 0);
    trouble(
      words.undrawn(
        undrawn.map(({ name }) => name),
        sum,
      ),
    );
  }
  const { ended: all, failed } = lately(known.moments ?? []);
  if (failed > 0) {
    const kind = failed >= MANY * all ? "trouble" : "some";
    found.push({ kind, sentence: words.failed(failed, LATELY_MINUTES) });
  }
  if (found.length > 0) return found;
  const stands = known.waiting === 0 && known.running === 0;
  const ended = known.moments?.some(([, ok, bad]) => ok + bad > 0) ?? true;
  if (stands && !ended) {
    return [{ kind: "quiet", sentence: online === 0 ? words.noWorker(0) : words.quiet }];
  }
  return [{ kind: "well", sentence: words.well }];
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
