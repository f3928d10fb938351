/** How many tasks the watched view has: what the title and the icon of the tab tell. */

import { signal } from "@preact/signals-core";

/** Null where no view is watched, or nothing is known of it yet. */
export const tabCount = signal<number | null>(null);
