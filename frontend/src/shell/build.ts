/** Whether the server serves another build of the page than the one that runs here. */

import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import { connection } from "../live/hooks";

/** Undefined in the development server, whose pages have no build. */
const own = document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content;

const declined = signal<string | null>(null);

/** The other build; null when there is none, or the user declined it. */
export const offered: ReadonlySignal<string | null> = computed(() => {
  const served = connection.build.value;
  return own === undefined || served === own || served === declined.value ? null : served;
});

export function decline(): void {
  declined.value = offered.peek();
}
