/** On whose behalf the page acts, and so what it offers. The server decides; what it would refuse is not offered. */

import { effect, type ReadonlySignal, signal } from "@preact/signals-core";
import { ApiError } from "../api/http";
import { type Action, me as ask, type Me } from "../api/me";
import { ACCESS_PARTS, type AccessPart, type Route } from "../browser/router";
import { connection, present } from "../live/hooks";

/** How long after a failure it is asked again, as long as the page is current. */
const AGAIN_MS = 5_000;

const known = signal<Me | null>(null);

/** Whether it is to be asked as soon as somebody looks at the page. */
let outdated = true;

/** Null while it is unknown. */
export const me: ReadonlySignal<Me | null> = known;

/** Whether the server lets the user do this; false while it is unknown. */
export function may(action: Action): boolean {
  return known.value?.actions.includes(action) ?? false;
}

/** Whether the user sees the tasks of all owners; false while it is unknown. */
export function seesAll(): boolean {
  return known.value?.owner === null;
}

/** Whether the server lets the user do what is about the tasks of all owners; false while it is unknown. */
export function mayForAll(action: Action): boolean {
  return seesAll() && may(action);
}

/** Whether a page is offered; true while it is unknown. */
export function offers(page: Route["page"]): boolean {
  const user = known.value;
  if (user === null) return true;
  switch (page) {
    case "launch":
      return user.actions.includes("launch");
    case "workers":
    case "queues":
    case "schedule":
    case "activity":
    case "job":
      return user.owner === null;
    case "access":
      return accessParts(user).length > 0;
    default:
      return true;
  }
}

/** The parts of the page of who may do what that are offered. */
export function accessParts({ kind, actions }: Me): readonly AccessPart[] {
  const offered: Readonly<Record<AccessPart, boolean>> = {
    sessions: kind === "session" || (kind !== "open" && actions.includes("sessions")),
    users: actions.includes("users"),
    tokens: actions.includes("share"),
    audit: actions.includes("audit"),
  };
  return ACCESS_PARTS.filter((part) => offered[part]);
}

/** Asks again, as something was refused that the page had offered. */
export async function refreshMe(): Promise<void> {
  try {
    take(await ask());
  } catch (reason) {
    const signedOut = reason instanceof ApiError && reason.status === 401;
    if (signedOut) return;
    if (present.peek()) setTimeout(refreshMe, AGAIN_MS);
    else outdated = true;
  }
}

/** What another user saw does not stay on the screen, and is not continued. */
function take(user: Me): void {
  const last = known.peek();
  if (last && (last.name !== user.name || last.owner !== user.owner)) location.reload();
  else known.value = user;
}

/** Asks now, and after each loss of the connection: it is what a change of rights and signing in again bring about. */
export function startMe(): void {
  effect(() => {
    if (connection.link.value.kind === "reconnecting") outdated = true;
    if (!present.value || !outdated) return;
    outdated = false;
    void refreshMe();
  });
}
