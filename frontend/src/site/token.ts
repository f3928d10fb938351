/** The token of the page of what is shared: behind the # of its address, which browsers send to no server. */

import { below } from "./prefix";

const { pathname = "", hash = "" } = globalThis.location ?? {};

/** Whether this is that page, and not the dashboard. */
export const IS_SHARED = below(pathname)?.replace(/\/$/, "") === "/share";

/** Null on other pages, and where the address has none. */
export const TOKEN = IS_SHARED ? partOf(hash, "token") : null;

/** A part of what stands behind the #, such as "#token=…&task=…". Pure. */
export function partOf(fragment: string, name: string): string | null {
  return new URLSearchParams(fragment.replace(/^#/, "")).get(name) || null;
}
