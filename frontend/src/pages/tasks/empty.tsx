/** What the page shows instead of an empty list. */

import { registry, submit } from "../../api/calls";
import { go, HOME, href } from "../../browser/router";
import { asTruth, asWorkers } from "../../contract/boards";
import { useBoard } from "../../live/hooks";
import { may } from "../../me/me";
import { groupAsked, withGroup } from "../../search/states";
import { text } from "../../text";
import { useAttempt } from "../../ui/attempt";
import { Mark } from "../../ui/mark";
import { useOnce } from "../../ui/once";
import { ProblemView } from "../../ui/problem";

/** No task fits the search. */
export function NoneFits({ search }: { readonly search: string }) {
  const rest = withGroup(search, null);
  const group = groupAsked(search) ?? null;
  return (
    <div class="empty">
      <p>{text.tasks.none(group, rest)}</p>
      {rest ? (
        <a class="button" href={href({ page: "tasks", search: withGroup("", group) })}>
          {text.tasks.clear}
        </a>
      ) : (
        <a class="button" href={HOME}>
          {text.tasks.showAll}
        </a>
      )}
    </div>
  );
}

const COUNTDOWN_SECONDS = 10;

/** There is no task at all: offers to launch the countdown, or whatever can be launched, to those who may. */
export function NothingYet() {
  return (
    <div class="empty">
      <Mark />
      <h1 class="unseen">{text.tasks.title}</h1>
      <Why />
      {may("launch") && <First />}
    </div>
  );
}

/** That there is nothing, or that workers have run what is not recorded: nothing of it would ever appear. */
function Why() {
  const workers = asWorkers(useBoard("workers").picture.value) ?? [];
  const ran = workers.reduce((sum, { online, processed }) => sum + (online ? processed : 0), 0);
  if (!ran) return <p>{text.tasks.empty}</p>;
  return (
    <p data-unrecorded>
      {text.tasks.unrecorded(ran)} <code>phloem doctor</code> {text.tasks.which}
    </p>
  );
}

/** Whether it is known that there is no worker to run what is launched. */
function useNoWorker(): boolean {
  const board = useBoard("workers").picture.value;
  return asTruth(board).known && !asWorkers(board)?.some(({ online }) => online);
}

function First() {
  const noWorker = useNoWorker();
  const jobs = useOnce(registry).value?.tasks;
  const { busy, problem, attempt } = useAttempt();
  const job = jobs?.find(({ name }) => name.split(".").at(-1) === "countdown");
  const start = (name: string) =>
    attempt(async () => {
      await submit(name, { duration: COUNTDOWN_SECONDS });
    });
  return (
    <>
      {job && (
        <button class="button" type="button" disabled={busy} onClick={() => start(job.name)}>
          {busy ? text.tasks.starting : text.tasks.start}
        </button>
      )}
      {job && noWorker && <p class="soft">{text.tasks.noWorker}</p>}
      {jobs && !job && (
        <>
          <p class="soft">{text.tasks.noCountdown}</p>
          <button
            class="button"
            type="button"
            onClick={() => go(href({ page: "launch", job: null }))}
          >
            {text.nav.launch}
          </button>
        </>
      )}
      <ProblemView problem={problem} />
    </>
  );
}
