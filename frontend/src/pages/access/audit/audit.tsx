/** The audit: who did what, and what was refused; newest first, read on as one scrolls. */

import { useEffect, useRef, useState } from "preact/hooks";
import {
  type AuditEntry,
  type AuditFilter,
  auditLines,
  auditPage,
  newestFirst,
} from "../../../api/audit";
import { save } from "../../../browser/download";
import { href } from "../../../browser/router";
import { text } from "../../../text";
import { accessText } from "../../../text/access/page";
import { useAttempt } from "../../../ui/attempt";
import { Loading } from "../../../ui/loading";
import { ProblemView } from "../../../ui/problem";
import { Moment } from "../moment";
import { type Column, Table } from "../table";
import { Filter } from "./filter";

const words = accessText.audit;

export function Audit() {
  const [filter, setFilter] = useState<AuditFilter>({});
  const { busy, problem, attempt } = useAttempt();
  const exported = () =>
    attempt(async () => {
      save("audit.jsonl", await auditLines(filter), "application/x-ndjson");
    });
  return (
    <section>
      <p class="soft access-about">{words.about}</p>
      <div class="audit-top">
        <Filter filter={filter} change={setFilter} />
        <button
          class="copy"
          type="button"
          title={words.explainExport}
          disabled={busy}
          onClick={() => void exported()}
        >
          {words.export}
        </button>
      </div>
      <ProblemView problem={problem} />
      <Entries key={JSON.stringify(filter)} filter={filter} />
    </section>
  );
}

/** The entries of one filter. */
function Entries({ filter }: { readonly filter: AuditFilter }) {
  const [entries, setEntries] = useState<readonly AuditEntry[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const { busy, problem, attempt } = useAttempt();
  const end = useRef<HTMLDivElement>(null);
  const read = (before: string | null) =>
    attempt(async () => {
      const page = await auditPage(filter, before);
      setEntries((read) => newestFirst([...(read ?? []), ...page.entries]));
      setNext(page.next);
    });
  useEffect(() => {
    void read(null);
  }, []);
  useEffect(() => {
    if (next === null || busy || problem || !end.current) return;
    const seen = new IntersectionObserver((found) => {
      if (found.some(({ isIntersecting }) => isIntersecting)) void read(next);
    });
    seen.observe(end.current);
    return () => seen.disconnect();
  }, [next, busy, problem]);
  if (!entries) {
    return problem ? <ProblemView problem={problem} /> : <Loading words={accessText.loading} />;
  }
  return (
    <>
      {entries.length ? (
        <Table
          kind="audit"
          title={text.me.parts.audit}
          columns={COLUMNS}
          rows={entries}
          keyOf={({ id }) => id}
        />
      ) : (
        next === null && <p class="notice">{words.none}</p>
      )}
      <ProblemView problem={problem} />
      {next !== null && (
        <div ref={end} class="access-after">
          <button class="copy" type="button" disabled={busy} onClick={() => void read(next)}>
            {busy ? words.asking : words.older}
          </button>
        </div>
      )}
    </>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { key: "at", title: words.at, cell: ({ at }) => <Moment at={at} /> },
  {
    key: "who",
    title: words.who,
    cell: (entry) => <Who {...entry} />,
  },
  {
    key: "what",
    title: words.what,
    cell: ({ action, target, detail }) => (
      <>
        {action.replaceAll("_", " ")} <Target action={action} target={target} />
        {detail && <span class="audit-detail soft">{detail}</span>}
      </>
    ),
  },
  {
    key: "outcome",
    title: words.outcome,
    cell: ({ outcome, code, count }) => (
      <>
        <span data-outcome={outcome}>
          {words.outcomes[outcome]}
          {count > 1 && `, ${words.times(count)}`}
        </span>
        {code && (
          <span class="audit-detail soft" title={code}>
            {words.why[code] ?? code.replaceAll("_", " ")}
          </span>
        )}
      </>
    ),
  },
  { key: "address", title: words.from, cell: ({ address }) => <code>{address}</code> },
];

/** What the ids of tokens look like: a token without a name is known by its own. */
const TOKEN_ID = /^[0-9a-f]{16}$/;

/** The address of refusals of which there were too many to tell them apart. */
const SEVERAL = "several";

function Who({ actor, address, kind, means }: AuditEntry) {
  if (actor !== null && kind === "token" && TOKEN_ID.test(actor)) {
    return <b title={actor}>{words.token(actor.slice(0, 6))}</b>;
  }
  return (
    <>
      <b>{actor ?? (address === SEVERAL ? words.several : (words.noName[kind] ?? words.nobody))}</b>{" "}
      <span class="soft audit-means">{words.means[means]}</span>
    </>
  );
}

const OF_TASKS: ReadonlySet<string> = new Set(["launch", "revoke", "retry", "see"]);
/** What the ids of tasks look like. A job's name has no such thing. */
const TASK_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function Target({ action, target }: Pick<AuditEntry, "action" | "target">) {
  if (!target) return null;
  if (!OF_TASKS.has(action) || !TASK_ID.test(target)) return <code>{target}</code>;
  return (
    <a href={href({ page: "task", id: target })}>
      <code>{target}</code>
    </a>
  );
}
