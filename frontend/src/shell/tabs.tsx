/** The tabs of the pages that are offered. */

import { HOME, href, type Route, route } from "../browser/router";
import { me, offers } from "../me/me";
import { text } from "../text";

interface Tab {
  readonly page: Route["page"];
  readonly address: string;
  readonly label: string;
}

const TABS: readonly Tab[] = [
  { page: "tasks", address: HOME, label: text.nav.tasks },
  { page: "launch", address: href({ page: "launch", job: null }), label: text.nav.launch },
  { page: "workers", address: href({ page: "workers" }), label: text.nav.workers },
  { page: "queues", address: href({ page: "queues" }), label: text.nav.queues },
  { page: "schedule", address: href({ page: "schedule" }), label: text.nav.schedule },
  { page: "activity", address: href({ page: "activity" }), label: text.nav.activity },
];

/** Until it is known which of them are offered they take their room and cannot be seen, so that nothing moves then. */
export function Tabs() {
  const { page } = route.value;
  const open = page === "task" ? "tasks" : page === "job" ? "activity" : page;
  return (
    <nav class="tabs" aria-label={text.nav.label} data-unknown={me.value === null || undefined}>
      {TABS.filter((tab) => offers(tab.page)).map((tab) => (
        <a key={tab.page} href={tab.address} aria-current={tab.page === open ? "page" : undefined}>
          {tab.label}
        </a>
      ))}
    </nav>
  );
}
