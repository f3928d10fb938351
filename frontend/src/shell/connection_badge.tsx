/** How current the page is: a few words in the top bar, and a sentence over the page while it is not. */

import { clockTick, connection } from "../live/hooks";
import type { Link } from "../live/link";
import { PREFIX } from "../site/prefix";
import { text } from "../text";

/** An interruption shorter than this is shown in the top bar only. */
const SAY_LOST_AFTER_SECONDS = 2;

/** The value of `data-connection`. */
function nameOf(link: Link): Exclude<Link["kind"], "connecting"> {
  return link.kind === "connecting" ? "reconnecting" : link.kind;
}

function wordsOf(link: Link): string {
  const words = text.connection;
  switch (link.kind) {
    case "connecting":
      return words.connecting;
    case "live":
      return words.live(link.roundTrip);
    case "behind":
      return words.behind(link.by);
    case "resynced":
      return words.resynced(link.changes);
    case "stale":
      return words.stale;
    case "reconnecting":
      return link.denied ? words.denied : words.reconnecting(clockTick.value - link.since);
  }
}

export function ConnectionState() {
  const link = connection.link.value;
  const name = nameOf(link);
  return (
    <>
      <div class="connection" data-connection={name} title={titleOf(link)}>
        <svg class="connection-dot" viewBox="0 0 8 8" aria-hidden="true">
          <circle cx="4" cy="4" r="3" />
        </svg>
        <span class="connection-words">{wordsOf(link)}</span>
      </div>
      <span class="unseen" role="status">
        {spokenOf(link)}
      </span>
    </>
  );
}

function titleOf(link: Link): string {
  const words = text.connection;
  switch (link.kind) {
    case "connecting":
      return words.explainConnecting;
    case "live":
      return link.roundTrip === null
        ? words.explainLive
        : `${words.explainLive} ${words.explainRoundTrip}`;
    case "behind":
      return words.explainBehind;
    case "resynced":
      return words.explainResynced;
    case "stale":
      return words.explainStale;
    case "reconnecting":
      return words.explainReconnecting(link.since);
  }
}

/** How many viewers there are; absent with only one, or while unknown. */
export function Viewers() {
  const watching = connection.watching.value;
  if (watching === null || watching < 2) return null;
  return (
    <span class="watching" title={text.connection.explainWatching}>
      {text.connection.watching(watching)}
    </span>
  );
}

/** For screen readers: only changes that concern the user, not every measurement. */
function spokenOf(link: Link): string {
  switch (link.kind) {
    case "connecting":
    case "live":
    case "behind":
      return "";
    case "resynced":
      return `${text.connection.spokenLive} ${text.connection.resynced(link.changes)}`;
    case "stale":
      return text.connection.stale;
    case "reconnecting":
      return text.connection.spokenReconnecting;
  }
}

/** The sentence that floats over a page that is not current, or whose tasks are not recorded for now. */
export function NotCurrent() {
  const link = connection.link.value;
  if (link.kind === "stale") return <p class="truth">{text.truth.stale(link.since)}</p>;
  if (link.kind !== "reconnecting") {
    const trouble = connection.trouble.value;
    return trouble === null ? null : (
      <p class="truth" role="status">
        {trouble}
      </p>
    );
  }
  if (link.denied) {
    const next = encodeURIComponent(location.pathname + location.search);
    return (
      <p class="truth">
        {text.truth.denied} <a href={`${PREFIX}/sign-in?next=${next}`}>{text.connection.signIn}</a>
      </p>
    );
  }
  if (clockTick.value - link.since < SAY_LOST_AFTER_SECONDS) return null;
  return <p class="truth">{link.scattered ? text.truth.scattered : text.truth.lost(link.since)}</p>;
}
