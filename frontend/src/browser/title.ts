/** The title of the tab. */

import { effect } from "@preact/signals-core";
import { useEffect } from "preact/hooks";
import { text } from "../text";
import { number } from "../text/format";
import { tabCount } from "./tab_count";

/**
 * Sets the title of the tab: how many tasks the watched view has, where there are any, the title, and the name of the
 * application. Null leaves it as it is.
 */
export function useTitle(title: string | null): void {
  useEffect(() => {
    if (title === null) return;
    return effect(() => {
      const count = tabCount.value;
      document.title = `${count ? `(${number(count)}) ` : ""}${title} · ${text.name}`;
    });
  }, [title]);
}
