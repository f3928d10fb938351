/** The list of tasks: how many there are of each state, and the newest of them, live. */

import { useEffect, useRef, useState } from "preact/hooks";
import { registry, submit } from "../api";
import { number } from "../format";
import { useWatch } from "../live";
import type { Totals } from "../protocol";
import { go, href } from "../router";
import { count, GROUPS, type Group, type GroupKey, groupOf } from "../select";
import { text } from "../text";
import { Loading } from "./loading";
import { Mark } from "./mark";
import { useOnce } from "./once";
import { ProblemView, problemOf, useProblem } from "./problem";
import { Search } from "./search";
import { TaskTable } from "./table";

const LIMIT = 200;

/** Which tasks are listed. */
interface Choice {
  readonly group: GroupKey | null;
  readonly search: string;
}

export function Tasks({ group: key, search }: Choice) {
  const group = groupOf(key);
  const asked = useWatch({
    view: { ...(group && { state: group.states }), ...(search && { q: search }), limit: LIMIT },
  });
  const answered = asked.answered.value;
  // What was shown stays until the answer is there, so that nothing blinks.
  const last = useRef(asked);
  if (answered) last.current = asked;
  const store = last.current;
  const totals = store.totals.value;
  const refusal = asked.refusal.value;
  const shown = store.ids.value.length;
  useEffect(() => {
    document.title = `${text.tasks.title} · ${text.name}`;
  }, []);

  if (refusal !== null) return <p class="notice">{text.problem.refused(refusal)}</p>;
  if (!store.answered.value) return <Loading words={text.tasks.loading} />;
  if (count(totals, null) === 0 && answered && !search) return <NothingYet />;
  const all = count(totals, group);
  return (
    <div class="tasks">
      <h1 class="unseen">{text.tasks.title}</h1>
      <div class="tasks-top">
        <Chips totals={totals} group={key} search={search} />
        <Search group={key} search={search} />
      </div>
      <div class="tasks-list" data-asking={!answered || undefined}>
        {shown || !answered ? (
          <TaskTable store={store} />
        ) : (
          <NoneFits group={key} search={search} />
        )}
        {answered && all > shown && shown > 0 && (
          <p class="older">{text.tasks.older(shown, all)}</p>
        )}
      </div>
    </div>
  );
}

interface ChipsProps extends Choice {
  readonly totals: Totals;
}

function Chips(props: ChipsProps) {
  const nav = useRef<HTMLElement>(null);
  const { group } = props;
  // On a narrow screen the chips scroll, and the chosen one may be out of sight.
  useEffect(() => {
    const chosen = nav.current?.querySelector("[aria-current]");
    if (group) chosen?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [group]);
  return (
    <nav ref={nav} class="chips" aria-label={text.tasks.filter}>
      <Chip {...props} label={text.tasks.all} of={null} />
      {GROUPS.map((group) => (
        <Chip {...props} key={group.key} label={text.group[group.key]} of={group} />
      ))}
    </nav>
  );
}

function Chip({
  label,
  of,
  group,
  search,
  totals,
}: ChipsProps & { label: string; of: Group | null }) {
  const key = of?.key ?? null;
  const figure = count(totals, of);
  return (
    <a
      class="chip"
      href={href({ page: "tasks", group: key, search })}
      aria-current={key === group ? "true" : undefined}
      data-group={key ?? "all"}
      data-none={figure === 0 || undefined}
    >
      {label} <b>{number(figure)}</b>
    </a>
  );
}

function NoneFits({ group, search }: Choice) {
  return (
    <div class="empty">
      <p>{text.tasks.none(group, search)}</p>
      {search ? (
        <a class="button" href={href({ page: "tasks", group, search: "" })}>
          {text.tasks.clear}
        </a>
      ) : (
        <a class="button" href="/">
          {text.tasks.showAll}
        </a>
      )}
    </div>
  );
}

/** What the countdown takes, in seconds. */
const COUNTDOWN = 10;

function NothingYet() {
  const { value: jobs } = useOnce(registry);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useProblem();
  const job = jobs?.find(({ name }) => name.split(".").at(-1) === "countdown");
  const start = async (name: string) => {
    setBusy(true);
    try {
      await submit(name, { duration: COUNTDOWN });
    } catch (reason) {
      setProblem(problemOf(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="empty">
      <Mark />
      <h1 class="unseen">{text.tasks.title}</h1>
      <p>{text.tasks.empty}</p>
      {job && (
        <button class="button" type="button" disabled={busy} onClick={() => start(job.name)}>
          {busy ? text.tasks.starting : text.tasks.start}
        </button>
      )}
      {jobs && !job && (
        <>
          <p class="soft">{text.tasks.noCountdown}</p>
          <button class="button" type="button" onClick={() => go("/launch")}>
            {text.nav.launch}
          </button>
        </>
      )}
      <ProblemView problem={problem} />
    </div>
  );
}
