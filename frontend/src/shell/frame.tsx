/** What surrounds every page: the top bar, and how current the page below it is. */

import { session } from "../api/calls";
import { HOME, href, type Route, route } from "../browser/router";
import { useTitle } from "../browser/title";
import { connection } from "../live/hooks";
import { Activity } from "../pages/activity/page";
import { Launch } from "../pages/launch/page";
import { Mailbox } from "../pages/mailbox/page";
import { Queues } from "../pages/operations/queues";
import { Schedule } from "../pages/operations/schedule";
import { Workers } from "../pages/operations/workers";
import { TaskPage } from "../pages/task/page";
import { Tasks } from "../pages/tasks/page";
import { PREFIX } from "../site/prefix";
import { text } from "../text";
import { Mark } from "../ui/mark";
import { useOnce } from "../ui/once";
import { ConnectionState, NotCurrent, Viewers } from "./connection_badge";
import { KeysPanel } from "./keys_panel";
import { NewBuild } from "./new_build";
import { ThemeButton } from "./theme_button";
import { TimesMenu } from "./time_menu";

/** A page that is this far behind is shown as stale. */
const STALE_AFTER_SECONDS = 3;

export function Shell() {
  const link = connection.link.value;
  const { kind } = link;
  const behind = link.kind === "behind" && link.by >= STALE_AFTER_SECONDS;
  const stale = kind === "stale" || kind === "reconnecting" || behind;
  return (
    <>
      <a class="skip" href="#main">
        {text.skip}
      </a>
      <header class="top">
        <a class="top-name" href={HOME}>
          <Mark />
          <span>{text.name}</span>
        </a>
        <Tabs />
        <div class="top-right">
          <Viewers />
          <ConnectionState />
          <TimesMenu />
          <ThemeButton />
          <SignOut />
        </div>
      </header>
      <main id="main" class="page" tabIndex={-1} data-stale={stale ? kind : undefined}>
        <CurrentPage route={route.value} />
      </main>
      <NotCurrent />
      <NewBuild />
      <KeysPanel />
    </>
  );
}

function Tabs() {
  const { page } = route.value;
  const current = (there: boolean) => (there ? "page" : undefined);
  return (
    <nav class="tabs" aria-label={text.nav.label}>
      <a href={HOME} aria-current={current(page === "tasks" || page === "task")}>
        {text.nav.tasks}
      </a>
      <a href={href({ page: "launch", job: null })} aria-current={current(page === "launch")}>
        {text.nav.launch}
      </a>
      <a href={href({ page: "workers" })} aria-current={current(page === "workers")}>
        {text.nav.workers}
      </a>
      <a href={href({ page: "queues" })} aria-current={current(page === "queues")}>
        {text.nav.queues}
      </a>
      <a href={href({ page: "schedule" })} aria-current={current(page === "schedule")}>
        {text.nav.schedule}
      </a>
      <a href={href({ page: "activity" })} aria-current={current(page === "activity")}>
        {text.nav.activity}
      </a>
    </nav>
  );
}

function CurrentPage({ route }: { readonly route: Route }) {
  switch (route.page) {
    case "tasks":
      return <Tasks search={route.search} />;
    case "task":
      return <TaskPage key={route.id} id={route.id} />;
    case "launch":
      return <Launch job={route.job} />;
    case "mailbox":
      return <Mailbox id={route.id} />;
    case "workers":
      return <Workers />;
    case "queues":
      return <Queues />;
    case "schedule":
      return <Schedule />;
    case "activity":
      return <Activity />;
    case "none":
      return <NotFound />;
  }
}

function NotFound() {
  useTitle(text.notFound.title);
  return (
    <div class="empty">
      <Mark hollow />
      <h1>{text.notFound.title}</h1>
      <p>{text.notFound.sentence}</p>
      <a class="button" href={HOME}>
        {text.nav.tasks}
      </a>
    </div>
  );
}

/** A form, so that the browser follows the redirect of the answer. Absent while the user is signed out already. */
function SignOut() {
  const { value } = useOnce(session);
  const link = connection.link.value;
  if (!value?.password || (link.kind === "reconnecting" && link.denied)) return null;
  return (
    <form method="post" action={`${PREFIX}/sign-out`}>
      <button class="quiet" type="submit">
        {text.nav.signOut}
      </button>
    </form>
  );
}
