/** How times are shown: as people say them or exact, in the reader's own time zone or in UTC. Pure. */

import { signal } from "@preact/signals-core";

export type Zone = "local" | "utc";
export type TimeStyle = "relative" | "absolute";

/** Read by what formats times, so that what shows one is shown anew when this changes. */
export const zone = signal<Zone>("local");

export const timeStyle = signal<TimeStyle>("relative");
