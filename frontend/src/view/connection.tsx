/** How true the page is: a few words in the top bar, and a sentence when it is not the present. */

import type { Link } from "../connection";
import { connection, localTick } from "../live";
import { text } from "../text";

/** A break shorter than this is told in the top bar only, in seconds. */
const SAY_AFTER = 2;

/** `data-connection` of a link. Before the first answer nothing is live yet. */
function nameOf(link: Link): "live" | "reconnecting" | "resynced" | "stale" {
  return link.kind === "connecting" ? "reconnecting" : link.kind;
}

function wordsOf(link: Link): string {
  const words = text.connection;
  switch (link.kind) {
    case "connecting":
      return words.connecting;
    case "live":
      return words.live(link.roundTrip);
    case "resynced":
      return words.resynced(link.changes);
    case "stale":
      return words.stale;
    case "reconnecting":
      return link.denied ? words.denied : words.reconnecting(localTick.value - link.since);
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

function titleOf(link: Link): string | undefined {
  if (link.kind !== "live") return undefined;
  const words = text.connection;
  return link.roundTrip === null
    ? words.explainLive
    : `${words.explainLive} ${words.explainRoundTrip}`;
}

/** Said aloud only when it changes for the reader, not with every measurement. */
function spokenOf(link: Link): string {
  switch (link.kind) {
    case "connecting":
    case "live":
      return "";
    case "resynced":
      return `${text.connection.spokenLive} ${text.connection.resynced(link.changes)}`;
    case "stale":
      return text.connection.stale;
    case "reconnecting":
      return text.connection.spokenReconnecting;
  }
}

/** The sentence that floats over a page that is not the present. */
export function Truth() {
  const link = connection.link.value;
  if (link.kind === "stale") return <p class="truth">{text.truth.stale(link.since)}</p>;
  if (link.kind !== "reconnecting") return null;
  if (link.denied) {
    const next = encodeURIComponent(location.pathname + location.search);
    return (
      <p class="truth">
        {text.truth.denied} <a href={`/sign-in?next=${next}`}>{text.connection.signIn}</a>
      </p>
    );
  }
  if (localTick.value - link.since < SAY_AFTER) return null;
  return <p class="truth">{text.truth.lost(link.since)}</p>;
}
