/** Whether the server serves another build of the page than the one that runs here. */

import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import { connection } from "../live/hooks";

/** Undefined in the development server, whose pages have no build. */
const own = document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content;

const declined = signal<string | null>(null);

/** The other build; null when there is none. */
export const other: ReadonlySignal<string | null> = computed(() => {
  const served = connection.build.value;
  return own === undefined || served === own ? null : served;
});

/** The same, unless the user declined it. */
export const offered: ReadonlySignal<string | null> = computed(() =>
  other.value === declined.value ? null : other.value,
);

export function decline(): void {
  declined.value = offered.peek();
}

/** Whether this page is of that build. */
export function isOwn(build: string): boolean {
  return build === own;
}
