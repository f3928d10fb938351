/** The last hour: figures, plots, and a table of jobs. A script of its own, because the plots need a library. */

import "../../styles/opened.css";
import "../../styles/pages/activity.css";

import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { go, href, listOf } from "../../browser/router";
import { asTruth } from "../../contract/boards";
import {
  asPicture,
  type Picture,
  type Release,
  releasesOf,
  waitingByQueue,
} from "../../contract/hour";
import { figures, isQuiet, type Lines, lines, span } from "../../contract/hour_lines";
import { tick } from "../../live/hooks";
import { may } from "../../me/me";
import { text } from "../../text";
import { activityText as words } from "../../text/activity/page";
import { number, stamp } from "../../text/format";
import { Loading } from "../../ui/loading";
import { Mark } from "../../ui/mark";
import { bands, type Places, parts, placed } from "./bands";
import { JobTable } from "./job_table";
import { Plot } from "./plot";
import type { PlotBand } from "./plot_options";

export function Hour({ board }: { readonly board: unknown }) {
  const truth = asTruth(board);
  const picture = asPicture(board);
  if (!picture || (!truth.known && truth.stale_since === null)) {
    return <Loading words={text.activity.loading} />;
  }
  // An outage of Redis is reported by the frame of every page.
  return isQuiet(picture) ? <Quiet /> : <Busy picture={picture} />;
}

function Quiet() {
  return (
    <div class="empty">
      <Mark hollow />
      <p>{words.quiet}</p>
      {may("launch") && (
        <a class="button" href={href({ page: "launch", job: null })}>
          {words.launch}
        </a>
      )}
    </div>
  );
}

function Busy({ picture }: { readonly picture: Picture }) {
  const now = tick.value;
  const drawn = useMemo(() => lines(picture, now), [picture, now]);
  return (
    <>
      <FigureList picture={picture} drawn={drawn} />
      <Plots picture={picture} drawn={drawn} releases={releasesOf(picture)} />
      <Releases all={releasesOf(picture)} />
      <JobTable jobs={picture.jobs} />
    </>
  );
}

function FigureList({ picture, drawn }: { readonly picture: Picture; readonly drawn: Lines }) {
  const { perMinute, waiting, running, failed } = figures(picture, drawn);
  const shown = [
    { key: "perMinute", value: perMinute, search: "state:done" },
    { key: "waiting", value: waiting, search: "state:waiting" },
    { key: "running", value: running, search: "state:running" },
    { key: "failed", value: failed, search: "state:failed state:lost since:1h" },
  ] as const;
  return (
    <dl class="figures" aria-label={words.figures}>
      {shown.map(({ key, value, search }) => (
        <div key={key} data-figure={key} data-none={value === 0 || undefined}>
          <dt>{words[key]}</dt>
          <dd>
            {key === "perMinute" ? (
              number(value)
            ) : (
              <a
                href={href({ page: "tasks", search })}
                aria-label={`${number(value)} ${words[key]}`}
              >
                {number(value)}
              </a>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Opens the list of the tasks that were sent in a stretch of time, in Unix seconds. */
function openStretch(from: number, to: number): void {
  go(href({ page: "tasks", search: `since:${stamp(from)} until:${stamp(to)}` }));
}

/** What waited, by queue: bands whose names lead to the lists of their queues. */
function useBands(picture: Picture, drawn: Lines): readonly PlotBand[] {
  const places = useRef<Places>(new Map());
  return useMemo(() => {
    const waiting = parts(picture, drawn);
    places.current = placed(places.current, waiting);
    const { others } = waitingByQueue(picture);
    return bands(waiting, places.current).map((band) => ({
      ...band,
      ...named(band.queue, others),
    }));
  }, [picture, drawn]);
}

function named(queue: string | null, others: boolean): Pick<PlotBand, "label" | "title" | "href"> {
  if (queue !== null) return { label: queue, title: queue, href: listOf("queue", queue) };
  return others
    ? { label: words.others, title: words.othersMean, href: href({ page: "queues" }) }
    : { label: words.noQueue, title: words.noQueueMeans, href: null };
}

interface PlotsProps {
  readonly picture: Picture;
  readonly drawn: Lines;
  readonly releases: readonly Release[];
}

function Plots({ picture, drawn, releases }: PlotsProps) {
  const pointed = useSignal<number | null>(null);
  const byQueue = useBands(picture, drawn);
  const shared = {
    times: drawn.times,
    span: span(drawn),
    releases,
    pointed,
    open: openStretch,
  };
  return (
    <div class="plots" title={words.drag}>
      <Plot
        {...shared}
        name="ended"
        title={words.ended}
        lines={[
          { name: "done", values: drawn.ok },
          { name: "failed", values: drawn.failed },
        ]}
      />
      <Plot
        {...shared}
        name="waiting"
        title={words.levels.waiting}
        lines={[{ name: "waiting", values: drawn.waiting }]}
        bands={byQueue}
      />
      <Plot
        {...shared}
        name="running"
        title={words.levels.running}
        lines={[{ name: "running", values: drawn.running }]}
      />
    </div>
  );
}

/** The releases whose lines the plots have, each with its tasks. */
function Releases({ all }: { readonly all: readonly Release[] }) {
  if (all.length === 0) return null;
  return (
    <p class="hour-releases soft">
      {words.releases}{" "}
      {all.map(({ name, at }, place) => (
        <span key={`${name} ${at}`} data-release={name}>
          {place > 0 && ", "}
          <a href={listOf("release", name)}>{name}</a> {words.releasedAt(at)}
        </span>
      ))}
    </p>
  );
}
