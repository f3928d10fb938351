/** The field that narrows the list; what is searched for stands in the address. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { go, href, SEARCH_MOST } from "../router";
import type { GroupKey } from "../select";
import { text } from "../text";

/** Asked for once the typing rests for so many milliseconds. */
const REST = 250;

interface Props {
  readonly group: GroupKey | null;
  readonly search: string;
}

export function Search({ group, search }: Props) {
  const [typed, setTyped] = useState(search);
  const input = useRef<HTMLInputElement>(null);
  const asked = useRef(search);

  const ask = () => {
    const wanted = typed.trim();
    if (wanted === search) return;
    asked.current = wanted;
    // One step back leads out of the search, not through every word of it.
    go(href({ page: "tasks", group, search: wanted }), search !== "" && wanted !== "");
  };

  // The address changed by itself: back, or a link. What is typed meanwhile has to meet the new state,
  // so none of these effects waits for the next painting.
  useLayoutEffect(() => {
    if (asked.current === search) return;
    asked.current = search;
    setTyped(search);
  }, [search]);

  useLayoutEffect(() => {
    const timer = setTimeout(ask, REST);
    return () => clearTimeout(timer);
  }, [typed, group, search]);

  useLayoutEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const within = event.target as Element;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (within.closest("input, select, textarea")) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, []);

  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <input
        ref={input}
        type="search"
        aria-label={text.tasks.search}
        aria-keyshortcuts="/"
        placeholder={text.tasks.search}
        autocomplete="off"
        spellcheck={false}
        maxLength={SEARCH_MOST}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </form>
  );
}
