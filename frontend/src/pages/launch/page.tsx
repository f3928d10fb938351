/** The launch page: the jobs, the form of one, and below it the tasks that were launched from here. */

import "../../styles/opened.css";

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { registry } from "../../api/calls";
import { type Column, type Layout, styleOf } from "../../browser/columns";
import { go, href } from "../../browser/router";
import { useTitle } from "../../browser/title";
import { useLayout, windowWidth } from "../../browser/width";
import type { RegisteredJob } from "../../contract/generated";
import { useWatch } from "../../live/hooks";
import { text } from "../../text";
import { shortName } from "../../text/format";
import { launchText } from "../../text/launch";
import { MailboxLink, sendsMail } from "../../ui/links/mailbox_link";
import { Loading } from "../../ui/loading";
import { useOnce } from "../../ui/once";
import { Row } from "../../ui/task_row/row";
import { JobForm } from "./form";
import { Jobs } from "./jobs";
import { type Earlier, launched, summary } from "./launched";
import { withoutZone } from "./when";

export function Launch({ job: name }: { readonly job: string | null }) {
  const { value: known, problem, again } = useOnce(registry);
  const jobs = known?.tasks;
  useTitle(launchText.title);
  return (
    <div class="launch">
      <div class="launch-head">
        <h1>{launchText.title}</h1>
        {jobs?.some(sendsMail) && <MailboxLink />}
      </div>
      {known?.notice && <p class="launch-notice">{known.notice}</p>}
      {jobs ? (
        <Choice jobs={jobs} name={name} />
      ) : (
        !problem && <Loading words={launchText.loading} />
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

/** Below this many pixels the form stands above the list of jobs. */
const BESIDE = 1024;

/** An earlier launch whose form is to be filled in again. `turn` tells one request from the next. */
interface Again {
  readonly launch: Earlier;
  readonly turn: number;
}

interface ChoiceProps {
  readonly jobs: readonly RegisteredJob[];
  readonly name: string | null;
}

function Choice({ jobs, name }: ChoiceProps) {
  const [again, setAgain] = useState<Again | null>(null);
  if (!jobs.length) return <p class="notice">{launchText.none}</p>;
  const chosen = name === null ? jobs[0] : jobs.find((job) => job.name === name);
  const filled = again?.launch.job === chosen?.name ? again : null;
  const narrow = windowWidth.value < BESIDE;
  const list = <Jobs key="jobs" jobs={jobs} chosen={chosen} />;
  return (
    <div class="launch-columns">
      {!narrow && list}
      <div class="launch-form" key="form">
        {narrow && (
          <a class="launch-other" href="#jobs">
            {launchText.other}
          </a>
        )}
        {chosen ? (
          <JobForm
            key={`${chosen.name} ${filled?.turn ?? 0}`}
            job={chosen}
            earlier={filled?.launch.raw}
            asked={name !== null || filled !== null}
          />
        ) : (
          <p class="notice">{launchText.unknownJob(name ?? "")}</p>
        )}
        <Launched
          again={(launch) => {
            setAgain((last) => ({ launch, turn: (last?.turn ?? 0) + 1 }));
            go(href({ page: "launch", job: launch.job }));
          }}
        />
      </div>
      {narrow && list}
    </div>
  );
}

/** Columns that fit beside the list of jobs. */
const LAUNCHED_COLUMNS: readonly Column[] = ["says", "bar", "percent", "left"];

const NEAREST: ScrollIntoViewOptions = { block: "nearest" };

/** Newest first, so that a task appears below the button that launched it. */
function Launched({ again }: { readonly again?: (launch: Earlier) => void }) {
  const launches = launched.value;
  const layout = useLayout(LAUNCHED_COLUMNS);
  const table = useRef<HTMLDivElement>(null);
  const newest = launches[0]?.id;
  const last = useRef(newest);
  // In a small window the new row may be below the visible part.
  useLayoutEffect(() => {
    if (last.current !== newest) table.current?.firstElementChild?.scrollIntoView(NEAREST);
    last.current = newest;
  }, [newest]);
  if (!launches.length) return null;
  return (
    <section class="launched">
      <h2>{launchText.launched}</h2>
      <div
        ref={table}
        class="table"
        role="table"
        aria-label={launchText.launched}
        style={styleOf(layout)}
      >
        {launches.map(({ id }) => (
          <LaunchedRow key={id} id={id} layout={layout} />
        ))}
      </div>
      {again && (
        <ul class="launched-again" aria-label={launchText.again}>
          {launches.map((launch) => (
            <li key={launch.id}>
              <button class="copy" type="button" onClick={() => again(launch)}>
                {launchText.againWith(shortName(launch.job), summary(withoutZone(launch.raw)))}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface RowProps {
  readonly id: string;
  readonly layout: Layout;
}

function LaunchedRow({ id, layout }: RowProps) {
  const store = useWatch({ task: id });
  const task = store.ids.value.length ? store.task(id) : undefined;
  // The server does not know the task yet.
  if (!task) {
    return (
      <div class="row row-awaited" role="row" data-task={id}>
        <span class="cell-glyph" role="cell" />
        <span class="cell-name" role="cell">
          {launchText.awaited}
        </span>
      </div>
    );
  }
  return <Row task={task} layout={layout} />;
}
