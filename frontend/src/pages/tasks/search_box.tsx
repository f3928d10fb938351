/** The field that narrows the list. Its text is part of the address. */

import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { go, href, SEARCH_LIMIT } from "../../browser/router";
import type { Known } from "../../search/completion";
import { unknownField } from "../../search/terms";
import { text } from "../../text";
import { Proposals, useProposals } from "./proposals";

/** The list is asked for when nothing was typed for this long. */
const REST_MS = 250;

interface Props {
  readonly search: string;
  /** Values that can be proposed, read when something is typed. */
  readonly known: () => Known;
  /** Why the search cannot be answered; null when it can. */
  readonly fault: string | null;
}

export function Search({ search, known, fault }: Props) {
  const { typed, setTyped, ask } = useTyped(search);
  const input = useRef<HTMLInputElement>(null);
  const list = useProposals(input, typed, setTyped, known);
  const id = useId();
  const unknown = unknownField(search);
  const said = fault ?? (unknown === null ? null : text.tasks.unknownField(unknown));
  const open = list.options.length > 0;
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        list.close();
        ask();
      }}
    >
      <input
        ref={input}
        type="search"
        aria-label={text.tasks.search}
        aria-keyshortcuts="/"
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={open ? id : undefined}
        aria-activedescendant={list.chosen >= 0 ? `${id}-${list.chosen}` : undefined}
        aria-invalid={fault ? "true" : undefined}
        aria-describedby={said ? `${id}-fault` : undefined}
        placeholder={text.tasks.searchHint}
        autocomplete="off"
        spellcheck={false}
        maxLength={SEARCH_LIMIT}
        value={typed}
        data-search
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          list.propose(event.currentTarget.value);
        }}
        onKeyDown={list.press}
        onBlur={list.close}
      />
      {open && <Proposals id={id} list={list} />}
      {said && (
        <p class="search-fault" id={`${id}-fault`} role="status">
          {said}
        </p>
      )}
    </form>
  );
}

/** The text of the field, and `ask`, which puts it into the address; that also happens by itself after a rest. */
function useTyped(search: string) {
  const [typed, setTyped] = useState(search);
  const asked = useRef(search);
  const ask = () => {
    const wanted = typed.trim();
    if (wanted === search) return;
    asked.current = wanted;
    // Going back leaves the search, instead of going through every word of it.
    go(href({ page: "tasks", search: wanted }), search !== "" && wanted !== "");
  };
  // The address changed by a link or by going back. Layout effects, because what is typed before the next painting has to
  // meet the new state.
  useLayoutEffect(() => {
    if (asked.current === search) return;
    asked.current = search;
    setTyped(search);
  }, [search]);
  useLayoutEffect(() => {
    const timer = setTimeout(ask, REST_MS);
    return () => clearTimeout(timer);
  }, [typed, search]);
  return { typed, setTyped, ask };
}
