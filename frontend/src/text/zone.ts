/** How times are shown: relative or absolute, in local time or in UTC. Pure. */

import { signal } from "@preact/signals-core";

export type Zone = "local" | "utc";
export type TimeStyle = "relative" | "absolute";

/** Read by functions that format times, so that components with times are rendered again when it changes. */
export const zone = signal<Zone>("local");

export const timeStyle = signal<TimeStyle>("relative");
