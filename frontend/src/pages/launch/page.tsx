/** The launch page: the jobs, the form of one, and below it the tasks that were launched from here. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { registry } from "../../api/calls";
import type { Column, Layout } from "../../browser/columns";
import { href } from "../../browser/router";
import { useTitle } from "../../browser/title";
import { useLayout } from "../../browser/width";
import type { RegisteredJob } from "../../contract/generated";
import { useWatch } from "../../live/hooks";
import { text } from "../../text";
import { shortName } from "../../text/format";
import { paragraphs } from "../../text/launch";
import { Loading } from "../../ui/loading";
import { MailboxLink, sendsMail } from "../../ui/mailbox_link";
import { useOnce } from "../../ui/once";
import { Row } from "../../ui/task_row/row";
import { JobForm } from "./form";
import { launched } from "./launched";

export function Launch({ job: name }: { readonly job: string | null }) {
  const { value: known, problem, again } = useOnce(registry);
  const jobs = known?.tasks;
  useTitle(text.launch.title);
  return (
    <div class="launch">
      <div class="launch-head">
        <h1>{text.launch.title}</h1>
        {jobs?.some(sendsMail) && <MailboxLink />}
      </div>
      {known?.notice && <p class="launch-notice">{known.notice}</p>}
      {jobs ? (
        <Jobs jobs={jobs} name={name} />
      ) : (
        !problem && <Loading words={text.launch.loading} />
      )}
      {problem && (
        <p class="problem" role="alert">
          {problem.sentence}{" "}
          <button class="copy" type="button" onClick={again}>
            {text.problem.again}
          </button>
        </p>
      )}
      {!jobs?.length && <Launched />}
    </div>
  );
}

function Jobs({
  jobs,
  name,
}: {
  readonly jobs: readonly RegisteredJob[];
  readonly name: string | null;
}) {
  if (!jobs.length) return <p class="notice">{text.launch.none}</p>;
  const chosen = name === null ? jobs[0] : jobs.find((job) => job.name === name);
  return (
    <div class="launch-columns">
      <ul class="jobs">
        {jobs.map((job) => (
          <li key={job.name}>
            <a
              class="job"
              href={href({ page: "launch", job: job.name })}
              title={job.name}
              data-job={job.name}
              aria-current={job === chosen ? "true" : undefined}
            >
              <b>{shortName(job.name)}</b>
              <span>{paragraphs(job.doc)[0]}</span>
            </a>
          </li>
        ))}
      </ul>
      <div class="launch-form">
        {chosen ? (
          <JobForm key={chosen.name} job={chosen} chosen={name !== null} />
        ) : (
          <p class="notice">{text.launch.unknownJob(name ?? "")}</p>
        )}
        <Launched />
      </div>
    </div>
  );
}

/** Columns that fit beside the list of jobs. */
const LAUNCHED_COLUMNS: readonly Column[] = ["says", "bar", "percent", "left"];

const NEAREST: ScrollIntoViewOptions = { block: "nearest" };

/** Newest first, so that a task appears below the button that launched it. */
function Launched() {
  const ids = launched.value;
  const layout = useLayout(LAUNCHED_COLUMNS);
  const table = useRef<HTMLDivElement>(null);
  const [newest] = ids;
  const last = useRef(newest);
  // In a small window the new row may be below the visible part.
  useLayoutEffect(() => {
    if (last.current !== newest) table.current?.firstElementChild?.scrollIntoView(NEAREST);
    last.current = newest;
  }, [newest]);
  if (!ids.length) return null;
  return (
    <section class="launched">
      <h2>{text.launch.launched}</h2>
      <div
        ref={table}
        class="table"
        role="table"
        aria-label={text.launch.launched}
        style={{ "--tracks": layout.tracks }}
      >
        {ids.map((id, i) => (
          <LaunchedRow key={id} id={id} place={i + 1} layout={layout} />
        ))}
      </div>
    </section>
  );
}

interface RowProps {
  readonly id: string;
  readonly place: number;
  readonly layout: Layout;
}

function LaunchedRow({ id, place, layout }: RowProps) {
  const store = useWatch({ task: id });
  const task = store.ids.value.length ? store.task(id) : undefined;
  // The server does not know the task yet.
  if (!task) {
    return (
      <div class="row row-awaited" role="row" data-task={id} aria-rowindex={place}>
        <span class="cell-glyph" role="cell" />
        <span class="cell-name" role="cell">
          {text.launch.awaited}
        </span>
      </div>
    );
  }
  return <Row task={task} place={place} layout={layout} />;
}
