/** The title of the tab. */

import { useEffect } from "preact/hooks";
import { text } from "../text";

/** Sets the title of the tab, followed by the name of the application; null leaves it as it is. */
export function useTitle(title: string | null): void {
  useEffect(() => {
    if (title !== null) document.title = `${title} · ${text.name}`;
  }, [title]);
}
