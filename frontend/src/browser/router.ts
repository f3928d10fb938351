/** Addresses, and which page each of them shows. */

import { type ReadonlySignal, signal } from "@preact/signals-core";
import { idOf, segmentOf } from "../contract/address";
import { TEXT_LIMIT_CHARACTERS } from "../contract/generated";
import { groupOf } from "../contract/groups";
import { beginning, wellFormed } from "../search/characters";
import { withGroup } from "../search/states";
import { termOf } from "../search/terms";
import { below, PREFIX } from "../site/prefix";

export type Route =
  | { readonly page: "tasks"; readonly search: string }
  | { readonly page: "task"; readonly id: string }
  | { readonly page: "launch"; readonly job: string | null }
  | { readonly page: "mailbox"; readonly id: string | null }
  | { readonly page: "workers" }
  | { readonly page: "queues" }
  | { readonly page: "schedule" }
  | { readonly page: "activity" }
  | { readonly page: "job"; readonly name: string }
  | { readonly page: "wall" }
  | { readonly page: "access"; readonly part: AccessPart }
  | { readonly page: "none" };

/** The parts of the page of who may do what; the first one is at its own address. */
export const ACCESS_PARTS = ["sessions", "users", "tokens", "audit"] as const;

export type AccessPart = (typeof ACCESS_PARTS)[number];

/** Pages whose address is their name. */
const NAMED = ["workers", "queues", "schedule", "wall"] as const;

/** What the address of a task begins with. */
const TASK = "/tasks/";

/** Characters of a search at most. */
export const SEARCH_LIMIT = TEXT_LIMIT_CHARACTERS;

/** The route of an address, whose path is one below the prefix. Pure. */
export function parse(pathname: string, search: string): Route {
  const query = new URLSearchParams(search);
  const parts = pathname.split("/").filter(Boolean);
  const [first, second] = parts;
  if (parts.length === 0) {
    const typed = query.get("q")?.trim() ?? "";
    // "?state=failed" is short for "state:failed" in the search.
    const group = groupOf(query.get("state"))?.key;
    return {
      page: "tasks",
      search: beginning(group ? withGroup(typed, group) : typed, SEARCH_LIMIT),
    };
  }
  if (first === "launch" && parts.length === 1) return { page: "launch", job: query.get("job") };
  if (first === "mailbox" && parts.length <= 2) return { page: "mailbox", id: second ?? null };
  if (first === "access" && parts.length <= 2) {
    const part = ACCESS_PARTS.find((each) => each === (second ?? ACCESS_PARTS[0]));
    if (part) return { page: "access", part };
  }
  if (first === "jobs" && second && parts.length === 2) {
    const name = decode(second);
    if (name) return { page: "job", name };
  }
  if (first === "now" && parts.length === 1) return { page: "activity" };
  const named = NAMED.find((page) => page === first);
  if (named && parts.length === 1) return { page: named };
  if (pathname.startsWith(TASK)) {
    // An id may hold slashes, also some that a person did not escape.
    const id = decode(pathname.slice(TASK.length));
    if (id) return { page: "task", id };
  }
  return { page: "none" };
}

/** The address of a route. */
export function href(route: Exclude<Route, { page: "none" }>): string {
  return PREFIX + pathOf(route);
}

/** The address of the list of the tasks whose field has this value: `listOf("queue", "media")`. */
export function listOf(key: string, value: string): string {
  return href({ page: "tasks", search: termOf(key, value) });
}

/** The address of the list of all tasks. */
export const HOME = `${PREFIX}/`;

function pathOf(route: Exclude<Route, { page: "none" }>): string {
  switch (route.page) {
    case "tasks": {
      if (!route.search) return "/";
      // A colon needs no escape in a query, and is easier to read without one.
      const escaped = encode(route.search);
      return `/?q=${escaped.replaceAll("%3A", ":").replaceAll("%20", "+")}`;
    }
    case "task":
      return TASK + segmentOf(wellFormed(route.id));
    case "mailbox":
      return route.id ? `/mailbox/${encode(route.id)}` : "/mailbox";
    case "launch":
      return route.job ? `/launch?job=${encode(route.job)}` : "/launch";
    case "activity":
      return "/now";
    case "job":
      return `/jobs/${encode(route.name)}`;
    case "access":
      return route.part === ACCESS_PARTS[0] ? "/access" : `/access/${route.part}`;
    case "workers":
    case "queues":
    case "schedule":
    case "wall":
      return `/${route.page}`;
  }
}

/** Half of a character, which a field may hold, has no escape. */
function encode(part: string): string {
  return encodeURIComponent(wellFormed(part));
}

function decode(part: string): string | null {
  try {
    return idOf(part);
  } catch {
    return null;
  }
}

const current = signal<Route>({ page: "none" });

/** The route that is shown. */
export const route: ReadonlySignal<Route> = current;

/** The address of the list as last shown: the link back from a task leads there. */
export let lastList = HOME;

function routeOf(pathname: string, search: string): Route {
  const path = below(pathname);
  return path === null ? { page: "none" } : parse(path, search);
}

function read(): void {
  const { pathname, search } = location;
  current.value = routeOf(pathname, search);
  if (current.value.page === "tasks") lastList = pathname + search;
}

/** Follows the address bar, and turns clicks on links to pages of this site into routes. */
export function startRouter(): void {
  read();
  addEventListener("popstate", read);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.target || link.hash || link.hasAttribute("download")) return;
    if (link.origin !== location.origin) return;
    if (routeOf(link.pathname, link.search).page === "none") return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

/** Goes to an address of this site, as a click on a link to it would. `replace`: without an entry in the history. */
export function go(address: string, replace = false): void {
  const before = location.pathname;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  read();
  // Another search keeps the scroll position; another page starts at its top.
  if (location.pathname === before) return;
  scrollTo(0, 0);
  document.getElementById("main")?.focus({ preventScroll: true });
}
