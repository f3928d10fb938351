/** Addresses and what they show. */

import { type ReadonlySignal, signal } from "@preact/signals-core";
import { groupOf } from "../contract/groups";
import { withGroup } from "../search/query";

export type Route =
  | { readonly page: "tasks"; readonly search: string }
  | { readonly page: "task"; readonly id: string }
  | { readonly page: "launch"; readonly job: string | null }
  | { readonly page: "mailbox"; readonly id: string | null }
  | { readonly page: "workers" }
  | { readonly page: "queues" }
  | { readonly page: "schedule" }
  | { readonly page: "now" }
  | { readonly page: "none" };

/** Pages that show one thing. */
const BOARDS = ["workers", "queues", "schedule", "now"] as const;

/** Most characters that can be searched for. */
export const SEARCH_MOST = 500;

/** What an address shows. Pure. */
export function parse(pathname: string, search: string): Route {
  const query = new URLSearchParams(search);
  const parts = pathname.split("/").filter(Boolean);
  const [first, second] = parts;
  if (parts.length === 0) {
    const typed = query.get("q")?.trim() ?? "";
    // "?state=failed" is short for the same in the text.
    const group = groupOf(query.get("state"))?.key;
    return {
      page: "tasks",
      search: (group ? withGroup(typed, group) : typed).slice(0, SEARCH_MOST),
    };
  }
  if (first === "launch" && parts.length === 1) return { page: "launch", job: query.get("job") };
  if (first === "mailbox" && parts.length <= 2) return { page: "mailbox", id: second ?? null };
  const board = BOARDS.find((page) => page === first);
  if (parts.length === 1 && board) return { page: board };
  if (first === "tasks" && parts.length === 2 && second) {
    const id = decode(second);
    if (id !== null) return { page: "task", id };
  }
  return { page: "none" };
}

/** The address of a route. Pure. */
export function href(route: Exclude<Route, { page: "none" }>): string {
  switch (route.page) {
    case "tasks": {
      if (!route.search) return "/";
      // A colon and what stands in patterns may stay as they are, and are easier to read so.
      const readable = encodeURIComponent(route.search).replace(/%(3A|2A|20)/g, (code) =>
        code === "%20" ? "+" : decodeURIComponent(code),
      );
      return `/?q=${readable}`;
    }
    case "task":
      return `/tasks/${encodeURIComponent(route.id)}`;
    case "mailbox":
      return route.id ? `/mailbox/${encodeURIComponent(route.id)}` : "/mailbox";
    case "launch":
      return route.job ? `/launch?job=${encodeURIComponent(route.job)}` : "/launch";
    case "workers":
    case "queues":
    case "schedule":
    case "now":
      return `/${route.page}`;
  }
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

const current = signal<Route>({ page: "none" });

/** What is shown now. */
export const route: ReadonlySignal<Route> = current;

/** The list as it was last narrowed: where a task's way back leads. */
export let lastList = "/";

function read(): void {
  const { pathname, search } = location;
  current.value = parse(pathname, search);
  if (current.value.page === "tasks") lastList = pathname + search;
}

/** Follows the address bar, and turns clicks on links to our own pages into routes. */
export function startRouter(): void {
  read();
  addEventListener("popstate", read);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.target || link.hash || link.hasAttribute("download")) return;
    if (link.origin !== location.origin) return;
    if (parse(link.pathname, link.search).page === "none") return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

/** Goes to an address of ours, as a click on its link would; or puts it in the place of the present one. */
export function go(address: string, replace = false): void {
  const before = location.pathname;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  read();
  // A filter changes what is listed, not where one reads; another page begins at its top.
  if (location.pathname === before) return;
  scrollTo(0, 0);
  document.getElementById("main")?.focus({ preventScroll: true });
}
