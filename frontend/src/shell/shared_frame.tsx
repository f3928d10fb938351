/** What surrounds the page of what was shared: who serves it, and how current it is. It leads nowhere else. */

import { connection } from "../live/hooks";
import { text } from "../text";
import { Later, later } from "../ui/later";
import { Mark } from "../ui/mark";
import { offered } from "./build";
import { ConnectionState, NotCurrent } from "./connection_badge";
import { NewBuild } from "./new_build";
import { ThemeButton } from "./theme_button";

const load = later(() => import("../pages/task/shared/page"));

export function SharedShell() {
  const link = connection.link.value;
  const denied = link.kind === "reconnecting" && link.denied;
  const stale = !denied && (link.kind === "stale" || link.kind === "reconnecting");
  return (
    <>
      <header class="top">
        <span class="top-name">
          <Mark />
          <span>{text.name}</span>
        </span>
        <div class="top-right">
          {!denied && <ConnectionState />}
          <ThemeButton />
        </div>
      </header>
      <main
        id="main"
        class="page page-shared"
        data-stale={stale ? link.kind : undefined}
        data-offered={offered.value !== null || undefined}
      >
        <Later load={load} show={({ SharedPage }) => <SharedPage />} words={text.share.loading} />
      </main>
      {!denied && <NotCurrent />}
      <NewBuild />
    </>
  );
}
