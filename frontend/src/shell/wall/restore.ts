/** Keeps a wall, at which nobody stands, on the page that the server has now. */

import { connection, present } from "../../live/hooks";
import { isOwn, other } from "../build";

const LOOK_MS = 2_000;

/** How long a page is left alone that is not current: the connection mostly comes back by itself. */
const PATIENCE_MS = 60_000;

/** How old a page is at least when it is loaded again: while a server is replaced, two builds may answer in turn. */
const LEAST_AGE_MS = 5_000;

/** How old it is where it failed: one that fails each time is not to ask the server all the time. */
const FAILED_AGE_MS = 60_000;

const BUILD = /<meta name="build" content="(\w+)"/;

/** The build that the server answers with at this address; null where it answers with no page of ours. */
async function served(): Promise<string | null> {
  try {
    // Signed out, it leads elsewhere, which is not followed: the wall says so, and a sign-in form would not.
    const answer = await fetch(location.href, { redirect: "manual", cache: "no-store" });
    return answer.ok ? (BUILD.exec(await answer.text())?.[1] ?? null) : null;
  } catch {
    return null;
  }
}

/** Loads the page again if the server has another build of it, or, where `anyway`, if it has any. */
export async function reload(anyway: boolean): Promise<void> {
  if (performance.now() < LEAST_AGE_MS) return;
  const build = await served();
  if (build !== null && (anyway || !isOwn(build))) location.reload();
}

/** Watches until the returned function is called. */
export function startRestoring(): () => void {
  let currentAt = performance.now();
  let failed = false;
  const onError = ({ error }: ErrorEvent) => {
    failed ||= error instanceof Error;
  };
  const timer = setInterval(() => {
    if (present.peek()) currentAt = performance.now();
    const away =
      performance.now() - currentAt > PATIENCE_MS && connection.link.peek().kind !== "stale";
    const broken = failed && performance.now() > FAILED_AGE_MS;
    if (broken || away) void reload(true);
    else if (other.peek() !== null) void reload(false);
  }, LOOK_MS);
  addEventListener("error", onError);
  return () => {
    clearInterval(timer);
    removeEventListener("error", onError);
  };
}
