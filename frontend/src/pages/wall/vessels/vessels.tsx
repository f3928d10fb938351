/** The queues as vessels: each is as wide as it is deep, and every task that starts passes through it. */

import "../../../styles/pages/wall/vessels.css";

import { useMemo, useRef } from "preact/hooks";
import {
  asQueues,
  byTrouble,
  clearsIn,
  isTaken,
  isTroubled,
  type Queue,
  standsStill,
  waitingIn,
  waitingInAll,
} from "../../../contract/boards";
import { count, groupOf } from "../../../contract/groups";
import type { Board } from "../../../live/board";
import { tick } from "../../../live/hooks";
import type { Store } from "../../../live/store";
import { wallText as words } from "../../../text/activity/wall";
import { number } from "../../../text/format";
import { halfAtPlate, halfWidth, PLATES, scaleOf, vessel } from "../shapes";
import { usePassing } from "./drops";

/** Vessels at most: with more of them none could be read. */
const SHOWN = 9;

/** Up to so many have large type; of more than so many each has one line. */
const [FEW, ROOMY] = [4, 6] as const;

interface Props {
  /** Null until they are known. */
  readonly queues: Board | null;
  readonly runs: Store;
}

export function Vessels({ queues: board, runs }: Props) {
  const layer = useRef<HTMLDivElement>(null);
  const all = asQueues(board?.picture.value ?? null) ?? [];
  usePassing(layer, all, runs);
  const shown = inPlaces(all);
  const rest = all.filter((queue) => !shown.includes(queue));
  const scale = scaleOf(Math.max(0, ...all.map(waitingIn)));
  const waiting = waitingInAll(count(runs.totals.value, groupOf("waiting")), all);
  return (
    <section class="wall-queues" aria-label={words.queues}>
      <h2 class="wall-figure">
        <b>{number(waiting)}</b> {words.waiting}
        {all.some(isTaken) && (
          <span class="wall-beside wall-key" aria-hidden="true">
            <i /> {words.drop}
          </span>
        )}
      </h2>
      {board !== null && all.length === 0 && <p class="wall-none">{words.noQueue}</p>}
      <ul
        class="wall-vessels"
        data-size={shown.length > ROOMY ? "close" : shown.length > FEW ? "roomy" : "large"}
      >
        {shown.map((queue) => (
          <Vessel key={queue.name} queue={queue} scale={scale} />
        ))}
      </ul>
      {rest.length > 0 && (
        <p class="wall-more">
          {words.others(
            rest.length,
            rest.reduce((n, q) => n + waitingIn(q), 0),
          )}
        </p>
      )}
      <div ref={layer} class="wall-drops" aria-hidden="true" />
    </section>
  );
}

/** By name, so that none changes its place; where there are too many, those that matter most. */
function inPlaces(queues: readonly Queue[]): readonly Queue[] {
  const chosen = queues.length > SHOWN ? byTrouble(queues).slice(0, SHOWN) : queues;
  return [...chosen].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function Vessel({ queue, scale }: { readonly queue: Queue; readonly scale: number }) {
  const troubled = isTroubled(queue);
  const still = standsStill(queue, tick.value);
  const waiting = waitingIn(queue);
  return (
    <li
      class="vessel"
      data-queue={queue.name}
      data-trouble={troubled || undefined}
      data-still={still || undefined}
      data-empty={waiting === 0 || undefined}
    >
      <span class="vessel-name">{queue.name}</span>
      <span class="vessel-count">{number(waiting)}</span>
      <Tube half={halfWidth(waiting, scale)} open={isTaken(queue)} />
      <span class="vessel-note">{noteOf(queue, troubled, still, tick.value)}</span>
    </li>
  );
}

/** It is said in how long a vessel is empty, where that is soon. */
const SOON_SECONDS = 3600;

function noteOf(queue: Queue, troubled: boolean, still: boolean, now: number): string {
  const { came, left, oldest_at: oldest } = queue;
  if (troubled) {
    return oldest === null ? words.nobody : `${words.nobody}, ${words.oldest(now - oldest)}`;
  }
  if (still && oldest !== null) return words.longest(now - oldest);
  const clears = clearsIn(queue);
  if (clears !== null && clears < SOON_SECONDS) return words.clears(clears);
  if (came || left) return words.flow(came, left);
  if (waitingIn(queue) === 0) return words.empty;
  return oldest === null ? words.still : words.longest(now - oldest);
}

function Tube({ half, open }: { readonly half: number; readonly open: boolean }) {
  const { walls, inside } = useMemo(() => vessel(half, open), [half, open]);
  const plate = halfAtPlate(half);
  return (
    <svg class="vessel-tube" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
      <path class="vessel-inside" d={inside} />
      {PLATES.map((x) => (
        <line key={x} class="vessel-plate" x1={x} x2={x} y1={50 - plate} y2={50 + plate} />
      ))}
      <path class="vessel-wall" d={walls} />
    </svg>
  );
}
