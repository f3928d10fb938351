/** The view that is watched, whichever page is open: its number is in the tab, and its first task is told. */

import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type WatchedView, watchedView } from "../../../browser/preferences";
import { go, href } from "../../../browser/router";
import { tabCount } from "../../../browser/tab_count";
import type { State } from "../../../contract/generated";
import type { Totals } from "../../../contract/messages";
import { useWatch } from "../../../live/hooks";
import { beginning } from "../../../search/characters";
import { statesTaken } from "../../../search/states";
import { text } from "../../../text";
import { useReading } from "../reading";
import { Absence } from "./absence";

export function Watched() {
  const view = watchedView.value;
  return view && <Counted key={view.search} view={view} />;
}

function Counted({ view }: { readonly view: WatchedView }) {
  const { query } = useReading(view.search);
  const store = useWatch({ view: { ...query, limit: 1 } });
  const states = statesTaken(query);
  useEffect(() => {
    const absence = new Absence();
    const turned = () => absence.turn(document.hidden, tabCount.peek());
    turned();
    document.addEventListener("visibilitychange", turned);
    const stop = effect(() => {
      if (!store.answered.value) return;
      const count = countOf(store.totals.value, states);
      tabCount.value = count;
      if (absence.isFirst(count) && watchedView.peek()?.notify) tell(view, count);
    });
    return () => {
      document.removeEventListener("visibilitychange", turned);
      stop();
      tabCount.value = null;
    };
  }, [store]);
  return null;
}

function countOf(totals: Totals, states: readonly State[]): number {
  return states.reduce((sum, state) => sum + (totals[state] ?? 0), 0);
}

function tell(view: WatchedView, count: number): void {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
  const notification = new Notification(text.tasks.tools.notified(view.name, count), {
    body: beginning(view.search, 200),
    tag: `phloem-view-${view.name}`,
  });
  notification.onclick = () => {
    window.focus();
    go(href({ page: "tasks", search: view.search }));
    notification.close();
  };
}
