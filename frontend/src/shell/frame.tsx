/** What surrounds every page: the top bar, and how current the page below it is. */

import { useEffect } from "preact/hooks";
import { HOME, type Route, route } from "../browser/router";
import { useTitle } from "../browser/title";
import { connection, present } from "../live/hooks";
import { offers } from "../me/me";
import { Access } from "../pages/access/page";
import { Activity, JobPage } from "../pages/activity/page";
import { Mailbox } from "../pages/mailbox/page";
import { Operations } from "../pages/operations/page";
import { Tasks } from "../pages/tasks/page";
import { Watched } from "../pages/tasks/views/watched";
import { text } from "../text";
import { Later, later } from "../ui/later";
import { Mark } from "../ui/mark";
import { offered } from "./build";
import { ConnectionState, NotCurrent, Viewers } from "./connection_badge";
import { keysPanel, PaletteButton, palette, Shortcuts } from "./keys/shortcuts";
import { MeMenu } from "./me_menu";
import { NewBuild } from "./new_build";
import { NotOffered } from "./not_offered";
import { Tabs } from "./tabs";
import { ThemeButton } from "./theme_button";
import { TimesMenu } from "./time_menu";
import { WallFrame } from "./wall/frame";

const launchPage = later(() => import("../pages/launch/page"));
const taskPage = later(() => import("../pages/task/page"));

/** A page that is this far behind is shown as stale. */
const STALE_AFTER_SECONDS = 3;

/** How long after the page is current: it is drawn by then. */
const AHEAD_MS = 1_000;

/**
 * Loads the scripts of what people open most, so that it opens at once, also while the server is away. A mark in the
 * browser's timeline says from when on that holds.
 */
async function loadAhead(): Promise<void> {
  try {
    await Promise.all([taskPage, launchPage, palette, keysPanel].map((load) => load()));
    performance.mark("loaded ahead");
  } catch {
    // Opening the page says what is wrong.
  }
}

/** A wall has nothing around it. */
export function Shell() {
  return route.value.page === "wall" ? <WallFrame /> : <Frame />;
}

function Frame() {
  const current = present.value;
  useEffect(() => {
    if (!current) return;
    const timer = setTimeout(() => void loadAhead(), AHEAD_MS);
    return () => clearTimeout(timer);
  }, [current]);
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
          <PaletteButton />
          <TimesMenu />
          <ThemeButton />
          <MeMenu />
        </div>
      </header>
      <main
        id="main"
        class="page"
        tabIndex={-1}
        data-stale={stale ? kind : undefined}
        data-offered={offered.value !== null || undefined}
      >
        <CurrentPage route={route.value} />
      </main>
      <NotCurrent />
      <NewBuild />
      <Watched />
      <Shortcuts />
    </>
  );
}

function CurrentPage({ route }: { readonly route: Route }) {
  if (!offers(route.page)) return <NotOffered page={route.page} />;
  switch (route.page) {
    case "tasks":
      return <Tasks search={route.search} />;
    case "task":
      return (
        <Later
          load={taskPage}
          show={({ TaskPage }) => <TaskPage key={route.id} id={route.id} />}
          title={route.id}
          words={text.loadingTask}
        />
      );
    case "launch":
      return (
        <Later
          load={launchPage}
          show={({ Launch }) => <Launch job={route.job} />}
          title={text.nav.launch}
          words={text.loadingPage}
        />
      );
    case "mailbox":
      return <Mailbox id={route.id} />;
    case "workers":
    case "queues":
    case "schedule":
      return <Operations page={route.page} />;
    case "activity":
      return <Activity />;
    case "job":
      return <JobPage key={route.name} name={route.name} />;
    case "access":
      return <Access part={route.part} />;
    case "wall": // has a frame of its own
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
