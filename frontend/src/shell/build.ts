/** Whether the server hands out another build of the page than the one that runs here. */

import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import { connection } from "../live/hooks";

/** Nothing in a page that was not built, as while one works on it. */
const own = document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content;

const declined = signal<string | null>(null);

/** The name of another build that is there, unless it was declined. */
export const another: ReadonlySignal<string | null> = computed(() => {
  const theirs = connection.build.value;
  return own === undefined || theirs === own || theirs === declined.value ? null : theirs;
});

/** Says no more of that build. */
export function decline(): void {
  declined.value = another.peek();
}
