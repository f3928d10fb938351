/** The wall: what everybody in a room sees of the tasks, from six metres. It has no controls, and moves by itself. */

import "../../styles/opened.css";
import "../../styles/pages/wall/wall.css";

import { useEffect } from "preact/hooks";
import { useTitle } from "../../browser/title";
import { asQueues, asTruth, asWorkers, waitingInAll } from "../../contract/boards";
import { RUNNING } from "../../contract/generated";
import { count, groupOf } from "../../contract/groups";
import { asPicture } from "../../contract/hour";
import { clockTick, connection, tick, useBoard, useWatch } from "../../live/hooks";
import type { Link } from "../../live/link";
import type { Store } from "../../live/store";
import { me, seesAll } from "../../me/me";
import { wallText as words } from "../../text/activity/wall";
import { Loading } from "../../ui/loading";
import { type Away, conditions } from "./conditions";
import { Failures } from "./failures";
import { Head } from "./head";
import { Hour } from "./hour";
import { OwnTasks, Slots } from "./slots/slots";
import { Vessels } from "./vessels/vessels";

/** A shorter interruption, or a smaller delay, is nothing that a room has to be told. */
const AWAY_SECONDS = 5;

/** Tasks of one kind that the wall holds at most. */
const RUNNING_LIMIT = 200;
const FAILURES_LIMIT = 60;

const running = { view: { state: RUNNING, limit: RUNNING_LIMIT } } as const;
const failed = { view: { state: ["FAILURE", "LOST"], limit: FAILURES_LIMIT } } as const;

export function Wall() {
  useTitle(words.title);
  useAwake();
  const link = connection.link.value;
  const stale = link.kind === "stale" || link.kind === "reconnecting";
  return (
    <main
      id="main"
      class="wall"
      tabIndex={-1}
      data-connection={link.kind === "connecting" ? "reconnecting" : link.kind}
      data-stale={stale || undefined}
    >
      {me.value === null ? <Unknown link={link} /> : seesAll() ? <Whole /> : <Own />}
    </main>
  );
}

/** Before the first answer. */
function Unknown({ link }: { readonly link: Link }) {
  const away = awayOf(link, clockTick.value);
  if (away === null) return <Loading title={words.title} words={words.loading} />;
  return <Head said={conditions({ ...NOTHING, away })} />;
}

const NOTHING = {
  asking: false,
  troubles: [],
  queues: null,
  workers: null,
  moments: null,
  waiting: 0,
  running: 0,
  begun: true,
  now: 0,
} as const;

function Whole() {
  const workers = useBoard("workers");
  const queues = useBoard("queues");
  const now = useBoard("now");
  const runs = useWatch(running);
  const failures = useWatch(failed);
  const hour = asPicture(now.picture.value);
  const known = asTruth(queues.picture.value);
  return (
    <>
      <Condition
        store={runs}
        workers={workers.picture.value}
        queues={queues.picture.value}
        hour={now.picture.value}
      />
      <Vessels queues={known.known || known.stale_since !== null ? queues : null} runs={runs} />
      <Slots board={workers} runs={runs} />
      <Hour picture={hour} />
      <Failures store={failures} hour={hour} />
    </>
  );
}

interface ConditionProps {
  readonly store: Store;
  readonly workers: unknown;
  readonly queues: unknown;
  readonly hour: unknown;
}

/** How all of it is, in a sentence. */
function Condition({ store, workers, queues, hour }: ConditionProps) {
  const truth = asTruth(queues);
  const known = truth.known || truth.stale_since !== null;
  const troubles = [connection.trouble.value, truth.trouble].filter((each) => each !== null);
  const totals = store.totals.value;
  const listed = known ? asQueues(queues) : null;
  return (
    <Head
      said={conditions({
        away: awayOf(connection.link.value, clockTick.value),
        troubles: [...new Set(troubles)],
        asking: !known,
        queues: listed,
        workers: known ? asWorkers(workers) : null,
        moments: asPicture(hour)?.moments ?? null,
        waiting: waitingInAll(count(totals, groupOf("waiting")), listed ?? []),
        running: count(totals, groupOf("running")),
        begun: !store.answered.value || count(totals, null) > 0,
        now: tick.value,
      })}
    />
  );
}

/** Of somebody who sees the tasks of one owner: those, and nothing of the queues and workers of all. */
function Own() {
  const runs = useWatch(running);
  const failures = useWatch(failed);
  const totals = runs.totals.value;
  const of = (key: "waiting" | "running") => count(totals, groupOf(key));
  const trouble = connection.trouble.value;
  return (
    <>
      <Head
        said={conditions({
          ...NOTHING,
          away: awayOf(connection.link.value, clockTick.value),
          troubles: trouble === null ? [] : [trouble],
          waiting: of("waiting"),
          running: of("running"),
        })}
      />
      <OwnTasks store={runs} waiting={of("waiting")} running={of("running")} />
      <Failures store={failures} hour={null} />
    </>
  );
}

function awayOf(link: Link, now: number): Away | null {
  if (link.kind === "reconnecting") {
    if (link.denied) return { kind: "signed out", seconds: 0 };
    const lost = now - link.since >= AWAY_SECONDS;
    return lost ? { kind: "lost", seconds: link.since } : null;
  }
  if (link.kind === "stale") return { kind: "stale", seconds: link.since };
  const late = link.kind === "behind" && link.by >= AWAY_SECONDS;
  return late ? { kind: "behind", seconds: link.by } : null;
}

/** Asks the browser to leave the screen on, which it may refuse; it ends whenever the page is hidden. */
function useAwake(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    let over = false;
    const ask = async () => {
      if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
      const granted = await navigator.wakeLock.request("screen").catch(() => null);
      if (over) void granted?.release();
      else lock = granted;
    };
    void ask();
    document.addEventListener("visibilitychange", ask);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", ask);
      void lock?.release();
    };
  }, []);
}
