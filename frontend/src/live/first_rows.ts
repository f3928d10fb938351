/** The first rows of the list, which the page brought along: they are shown until there is a connection. */

import { asFirstRows, type FirstRows, type Request } from "../contract/messages";

/** Null where the page brought none. */
export function broughtAlong(): FirstRows | null {
  const element = globalThis.document?.getElementById("first-rows");
  return element ? asFirstRows(JSON.parse(element.textContent ?? "")) : null;
}

/** Whether a request is that of the newest tasks, however many, without a search. */
export function isOfAll(request: Request): boolean {
  if ("task" in request) return false;
  const { limit: _, ...search } = request.view;
  return Object.values(search).every((value) => value === undefined);
}
