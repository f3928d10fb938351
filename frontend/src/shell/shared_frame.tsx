/** What surrounds the page of what was shared: who serves it, and how current it is. It leads nowhere else. */

import { connection } from "../live/hooks";
import { SharedPage } from "../pages/task/shared/page";
import { text } from "../text";
import { Mark } from "../ui/mark";
import { ConnectionState, NotCurrent } from "./connection_badge";
import { NewBuild } from "./new_build";
import { ThemeButton } from "./theme_button";

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
      <main id="main" class="page page-shared" data-stale={stale ? link.kind : undefined}>
        <SharedPage />
      </main>
      {!denied && <NotCurrent />}
      <NewBuild />
    </>
  );
}
