/**
 * The page of all tasks: how many there are in each state, and the newest of them, live.
 *
 * Signals that change with every frame are read by the components that show them, so that the page itself is not rendered
 * each time.
 */

import { computed, type ReadonlySignal, type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useCommands } from "../../browser/commands";
import { density } from "../../browser/preferences";
import { useTitle } from "../../browser/title";
import { ROWS_LIMIT } from "../../contract/generated";
import { count } from "../../contract/groups";
import type { Query, State, Totals } from "../../contract/messages";
import { present, useWatch, watchBeside } from "../../live/hooks";
import type { Store } from "../../live/store";
import { may } from "../../me/me";
import { soughtBy } from "../../search/found";
import { statesTaken } from "../../search/states";
import { text } from "../../text";
import { Later, later } from "../../ui/later";
import { Loading } from "../../ui/loading";
import { Selection } from "../../ui/task_row/selection";
import { Bulk } from "./bulk/bulk";
import { listCommands, retryChosen } from "./bulk/list_acts";
import { Chips } from "./chips";
import { NoneFits, NothingYet } from "./empty";
import { Met } from "./met";
import { useReading } from "./reading";
import { Search } from "./search_box";
import { Pages } from "./table/older_pages";
import { type Listing, NO_LISTING, TaskTable } from "./table/table";
import { Tools } from "./tools";

export function Tasks({ search }: { readonly search: string }) {
  const { query, fault } = useReading(search);
  const { few, asked } = useNewest(query);
  const answered = asked.answered.value;
  const selection = useMemo(() => new Selection(), []);
  const met = useMemo(() => new Met(), []);
  const listing = useRef<Listing>(NO_LISTING);
  // The last list is shown until the answer to the new question is there, so that nothing flickers.
  const last = useRef({ store: asked, query });
  if (answered) last.current = { store: asked, query };
  else if (few?.answered.value && last.current.query !== query)
    last.current = { store: few, query };
  const { store } = last.current;
  const pages = usePages(store, last.current.query, store !== few);
  const sought = useMemo(() => soughtBy(search), [search]);
  const refusal = asked.refusal.value;
  const nothing = useMemo(() => computed(() => count(store.totals.value, null) === 0), [store]);
  const wrong = fault ? text.tasks.fault[fault.kind](fault.key, fault.value) : refusal;
  // Rows and counts of another search would be taken for those of one that cannot be answered.
  const unanswerable = fault !== null || (refusal !== null && !answered);
  if (unanswerable) listing.current = NO_LISTING;
  useTitle(text.tasks.title);
  const taskOf = (id: string) => listing.current.taskOf(id);
  const peeked = useSignal<string | null>(null);
  const retry = (id: string | null) => retryChosen(selection, id, taskOf);
  useCommands(() => listCommands(selection, listing.current, retry));

  if (!store.answered.value && !unanswerable)
    return <Loading title={text.tasks.title} words={text.tasks.loading} />;
  if (nothing.value && answered && !search) return <NothingYet />;
  const known = () => {
    met.add(listing.current.ids.flatMap((id) => taskOf(id) ?? []));
    return met.known;
  };
  return (
    <div class="tasks" data-density={density.value}>
      <h1 class="unseen">{text.tasks.title}</h1>
      <Chips totals={unanswerable ? null : store.totals} search={search} />
      <div class="tasks-top">
        <Search search={search} known={known} fault={wrong} />
        <Tools
          search={search}
          shown={() => listing.current.ids.flatMap((id) => taskOf(id) ?? [])}
        />
      </div>
      {!unanswerable && (
        <div
          class="tasks-list"
          data-asking={(!answered && last.current.query !== query) || undefined}
        >
          <TaskTable
            store={pages}
            selection={selection}
            peeked={peeked}
            retry={retry}
            sought={sought}
            failing={isOfFailures(last.current.query)}
            listing={listing}
            empty={
              answered &&
              (store.searching.value ? (
                <Loading words={text.tasks.searching} />
              ) : (
                <NoneFits search={search} />
              ))
            }
          />
          {answered && <Older pages={pages} totals={store.totals} states={statesTaken(query)} />}
        </div>
      )}
      <Bulk selection={selection} listing={listing} />
      <Beside peeked={peeked} retry={retry} />
    </div>
  );
}

/** Whether it is failures that are asked for. */
function isOfFailures({ state, error }: Query): boolean {
  return !!error || !!state?.every((each) => each === "FAILURE" || each === "LOST");
}

/** On a line that took so many milliseconds to bring the page, the rows of a screen come before all others. */
const SLOW_MS = 1_500;
const SCREEN_ROWS = 8;

/** The newest tasks of a query: all that are asked for and, until they have come on a slow line, those of a screen. */
function useNewest(query: Query): { readonly few: Store | null; readonly asked: Store } {
  const [first, setFirst] = useState(() =>
    present.peek() || performance.now() < SLOW_MS ? ROWS_LIMIT : SCREEN_ROWS,
  );
  // Kept current until all others have come, which may take half a minute.
  const few = useWatch({ view: { ...query, limit: first } });
  const limit = few.epoch.value === null ? first : ROWS_LIMIT;
  const asked = useWatch({ view: { ...query, limit } });
  const complete = limit === ROWS_LIMIT && asked.epoch.value !== null;
  useEffect(() => {
    if (complete) setFirst(ROWS_LIMIT);
  }, [complete]);
  return { few: first === ROWS_LIMIT ? null : few, asked };
}

const loadPeek = later(() => import("./peek/peek"));

interface BesideProps {
  readonly peeked: Signal<string | null>;
  readonly retry: (id: string) => boolean;
}

/** The task beside the list. */
function Beside({ peeked, retry }: BesideProps) {
  if (peeked.value === null) return null;
  return (
    <Later
      load={loadPeek}
      show={({ Peek }) => <Peek peeked={peeked} retry={may("retry") ? retry : undefined} />}
      words={text.tasks.peek.loading}
    />
  );
}

/** The list with its pages of older tasks, unless the store holds fewer rows than are under way. */
function usePages(store: Store, query: Query, whole: boolean): Pages {
  const pages = useMemo(() => {
    const open = (before: number) => watchBeside({ view: { ...query, limit: ROWS_LIMIT, before } });
    return new Pages(store, open, whole);
    // A store has one query, and is whole or is not.
  }, [store]);
  useEffect(() => () => pages.release(), [pages]);
  return pages;
}

interface OlderProps {
  readonly pages: Pages;
  readonly totals: ReadonlySignal<Totals>;
  readonly states: readonly State[];
}

/** Says that there are more tasks than the list holds. */
function Older({ pages, totals: { value: totals }, states }: OlderProps) {
  const shown = pages.ids.value.length;
  const all = states.reduce((sum, state) => sum + (totals[state] ?? 0), 0);
  if (all <= shown || shown === 0) return null;
  return (
    <p class="older">{pages.asking ? text.tasks.askingOlder : text.tasks.older(shown, all)}</p>
  );
}
