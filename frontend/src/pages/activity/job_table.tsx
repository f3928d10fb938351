/** The table of jobs in the last hour: how many tasks of each ended, and how long they ran. */

import { href } from "../../browser/router";
import type { Job } from "../../contract/hour";
import { activityText as words } from "../../text/activity/page";
import { duration, number, shortName } from "../../text/format";
import { inOrder, type TimeScale, timeScale } from "./jobs";

export function JobTable({ jobs }: { readonly jobs: readonly Job[] }) {
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
          <a href={href({ page: "job", name: job.name })}>{shortName(job.name)}</a>
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

/** A bar from p50 to p99 with a mark at p95. The figures beside it say the same. */
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
