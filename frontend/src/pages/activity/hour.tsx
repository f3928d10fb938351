/** What the last hour was like: figures, plots, and how each job goes. Loaded with what draws plots. */

import "../../styles/pages/activity.css";

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { href } from "../../browser/router";
import { asTruth } from "../../contract/boards";
import { asPicture, type Job, type Picture } from "../../contract/hour";
import { tick } from "../../live/hooks";
import { text } from "../../text";
import { activityText as words } from "../../text/activity";
import { duration, number, shortName } from "../../text/format";
import { Loading } from "../../ui/loading";
import { Mark } from "../../ui/mark";
import {
  figures,
  inOrder,
  isQuiet,
  type Lines,
  lines,
  span,
  type TimeScale,
  timeScale,
} from "./lines";
import { Plot } from "./plot";

export function Hour({ board }: { readonly board: unknown }) {
  const truth = asTruth(board);
  const picture = asPicture(board);
  if (!picture || (!truth.known && truth.stale_since === null)) {
    return <Loading words={text.activity.loading} />;
  }
  // That Redis is away, and since when, is said by the frame of every page.
  return isQuiet(picture) ? <Quiet /> : <Busy picture={picture} />;
}

function Quiet() {
  return (
    <div class="empty">
      <Mark hollow />
      <p>{words.quiet}</p>
      <a class="button" href={href({ page: "launch", job: null })}>
        {words.launch}
      </a>
    </div>
  );
}

function Busy({ picture }: { readonly picture: Picture }) {
  const now = tick.value;
  const drawn = useMemo(() => lines(picture, now), [picture, now]);
  return (
    <>
      <Figures picture={picture} drawn={drawn} />
      <Plots drawn={drawn} />
      <Jobs jobs={picture.jobs} />
    </>
  );
}

function Figures({ picture, drawn }: { readonly picture: Picture; readonly drawn: Lines }) {
  const { perMinute, waiting, running, failed } = figures(picture, drawn);
  const shown = [
    { key: "perMinute", value: perMinute, search: "state:done" },
    { key: "waiting", value: waiting, search: "state:waiting" },
    { key: "running", value: running, search: "state:running" },
    { key: "failed", value: failed, search: "state:failed state:lost" },
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

function Plots({ drawn }: { readonly drawn: Lines }) {
  const pointed = useSignal<number | null>(null);
  const shared = { times: drawn.times, span: span(drawn), pointed };
  return (
    <div class="plots">
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
        name="levels"
        title={words.levels}
        lines={[
          { name: "waiting", values: drawn.waiting },
          { name: "running", values: drawn.running },
        ]}
      />
    </div>
  );
}

function Jobs({ jobs }: { readonly jobs: readonly Job[] }) {
  if (!jobs.length) return null;
  const { column } = words;
  const scale = timeScale(jobs);
  return (
    <div class="hour-jobs">
      <div class="board-table" data-kind="jobs" role="table" aria-label={words.jobs}>
        <div role="rowgroup">
          <div class="board-row board-head" role="row">
            {Object.entries(column).map(([key, title]) => (
              <span key={key} class={`job-${key}`} role="columnheader">
                {title}
                {key === "spread" && scale && `, ${words.ends(scale.from, scale.to)}`}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup">
          {inOrder(jobs).map((job) => (
            <JobRow key={job.name} job={job} scale={scale} />
          ))}
        </div>
      </div>
      <p class="board-foot soft">{words.explain}</p>
    </div>
  );
}

function JobRow({ job, scale }: { readonly job: Job; readonly scale: TimeScale | null }) {
  const { column } = words;
  return (
    <div class="board-row" role="row" data-job={job.name ?? ""}>
      <span class="job-name" role="cell" title={job.name ?? undefined}>
        {job.name === null ? (
          <span class="soft">{words.unnamed}</span>
        ) : (
          <a href={href({ page: "tasks", search: `name:"${job.name.replaceAll('"', "*")}"` })}>
            {shortName(job.name)}
          </a>
        )}
      </span>
      <span class="job-count" role="cell" data-label={column.count}>
        {number(job.count)}
      </span>
      <span
        class="job-failed"
        role="cell"
        data-label={column.failed}
        data-some={job.failed > 0 || undefined}
      >
        {words.share(job.failed, job.count)}
      </span>
      <Spread job={job} scale={scale} />
      {(["p50", "p95", "p99"] as const).map((key) => (
        <span key={key} class={`job-${key}`} role="cell" data-label={column[key]}>
          {timeOf(job[key])}
        </span>
      ))}
    </div>
  );
}

/** From what half of them took to what nearly all did, with a mark between; the figures beside it say the same. */
function Spread({ job, scale }: { readonly job: Job; readonly scale: TimeScale | null }) {
  const { p50, p95, p99 } = job;
  const share = (value: number) => `${100 * value}%`;
  const known = scale && p50 !== null && p95 !== null && p99 !== null;
  return (
    <span class="job-spread" role="cell">
      {known && (
        <span class="spread" aria-hidden="true">
          <span
            class="spread-range"
            style={{
              left: share(scale.place(p50)),
              width: share(scale.place(p99) - scale.place(p50)),
            }}
          />
          <span class="spread-mark" style={{ left: share(scale.place(p95)) }} />
        </span>
      )}
    </span>
  );
}

function timeOf(seconds: number | null): string {
  return seconds === null ? words.unknown : duration(seconds);
}
