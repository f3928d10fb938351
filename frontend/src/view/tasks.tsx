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
import { reasonOf, useOnce } from "./once";
import { TaskTable } from "./table";

const LIMIT = 200;

export function Tasks({ group: key }: { readonly group: GroupKey | null }) {
  const group = groupOf(key);
  const store = useWatch({ view: { ...(group && { state: group.states }), limit: LIMIT } });
  const answered = store.answered.value;
  // Another filter begins with the counts that are known, so that nothing blinks.
  const known = useRef<Totals | null>(null);
  if (answered) known.current = store.totals.value;
  const totals = known.current;
  const refusal = store.refusal.value;
  const shown = store.ids.value.length;
  useEffect(() => {
    document.title = `${text.tasks.title} · ${text.name}`;
  }, []);

  if (refusal !== null) return <p class="notice">{text.problem.refused(refusal)}</p>;
  if (!totals) return <Loading words={text.tasks.loading} />;
  if (count(totals, null) === 0) return <NothingYet />;
  const all = count(totals, group);
  return (
    <div class="tasks">
      <h1 class="unseen">{text.tasks.title}</h1>
      <Chips totals={totals} current={key} />
      {shown || !key || !answered ? <TaskTable store={store} /> : <NoneOf group={key} />}
      {all > shown && shown > 0 && <p class="older">{text.tasks.older(shown, all)}</p>}
    </div>
  );
}

interface ChipsProps {
  readonly totals: Totals;
  readonly current: GroupKey | null;
}

function Chips({ totals, current }: ChipsProps) {
  return (
    <nav class="chips" aria-label={text.tasks.filter}>
      <Chip label={text.tasks.all} group={null} current={current} totals={totals} />
      {GROUPS.map((group) => (
        <Chip
          key={group.key}
          label={text.group[group.key]}
          group={group}
          current={current}
          totals={totals}
        />
      ))}
    </nav>
  );
}

function Chip({
  label,
  group,
  current,
  totals,
}: ChipsProps & { label: string; group: Group | null }) {
  const key = group?.key ?? null;
  const figure = count(totals, group);
  return (
    <a
      class="chip"
      href={href({ page: "tasks", group: key })}
      aria-current={key === current ? "true" : undefined}
      data-group={key ?? "all"}
      data-none={figure === 0 || undefined}
    >
      {label} <b>{number(figure)}</b>
    </a>
  );
}

function NoneOf({ group }: { readonly group: GroupKey }) {
  return (
    <div class="empty">
      <p>{text.tasks.none(group)}</p>
      <a class="button" href="/">
        {text.tasks.showAll}
      </a>
    </div>
  );
}

/** What the countdown takes, in seconds. */
const COUNTDOWN = 10;

function NothingYet() {
  const { value: jobs } = useOnce(registry);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const job = jobs?.find(({ name }) => name.split(".").at(-1) === "countdown");
  const start = async (name: string) => {
    setBusy(true);
    try {
      await submit(name, { duration: COUNTDOWN });
    } catch (reason) {
      setProblem(reasonOf(reason));
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
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
