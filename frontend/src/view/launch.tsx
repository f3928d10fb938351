/** What can be launched, its form beside it, and below what was launched from here. */

import { useEffect } from "preact/hooks";
import { type Job, registry } from "../api";
import { type Layout, USUAL } from "../columns";
import { shortName } from "../format";
import { launched } from "../launched";
import { useWatch } from "../live";
import { href } from "../router";
import { paragraphs, text } from "../text";
import { JobForm } from "./form";
import { Loading } from "./loading";
import { ToMailbox } from "./mailbox";
import { useOnce } from "./once";
import { Row } from "./row";
import { useLayout } from "./width";

export function Launch({ job: name }: { readonly job: string | null }) {
  const { value: jobs, problem, again } = useOnce(registry);
  useEffect(() => {
    document.title = `${text.launch.title} · ${text.name}`;
  }, []);
  return (
    <div class="launch">
      <div class="launch-head">
        <h1>{text.launch.title}</h1>
        <ToMailbox />
      </div>
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
      <Launched />
    </div>
  );
}

function Jobs({ jobs, name }: { readonly jobs: readonly Job[]; readonly name: string | null }) {
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
      {chosen ? (
        <JobForm key={chosen.name} job={chosen} chosen={name !== null} />
      ) : (
        <p class="notice">{text.launch.unknownJob(name ?? "")}</p>
      )}
    </div>
  );
}

function Launched() {
  const ids = launched.value;
  const layout = useLayout(USUAL);
  if (!ids.length) return null;
  return (
    <section class="launched">
      <h2>{text.launch.launched}</h2>
      <div
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
  // Until the server has heard of it, there is nothing to show but that it is on its way.
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
