/** The field that narrows the list. Its text is part of the address. */

import type { RefObject } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { go, href, SEARCH_LIMIT } from "../../browser/router";
import type { Known } from "../../search/completion";
import { unknownField } from "../../search/terms";
import { text } from "../../text";
import { Proposals, useProposals } from "./proposals";
import { useReading } from "./reading";
import { selectToken, Tokens } from "./tokens";

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
  const [typed, setTyped] = useState(search);
  const input = useRef<HTMLInputElement>(null);
  const list = useProposals(input, typed, setTyped, known);
  const id = useId();
  const open = list.options.length > 0;
  const wrong = useReading(typed).fault;
  // A term that can still be completed is no mistake yet.
  const ask = useAsking(search, typed, setTyped, !(open && wrong), input);
  const unknown = unknownField(search);
  const said = fault ?? (unknown === null ? null : text.tasks.unknownField(unknown));
  const clear = () => {
    setTyped("");
    input.current?.focus();
  };
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
      <label class="search-line">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M10.5 10.5 14 14 M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0" />
        </svg>
        <span class="search-text">
          <Tokens input={input} typed={typed} wrong={open ? null : wrong} />
          <input
            ref={input}
            type="text"
            role="combobox"
            aria-label={text.tasks.search}
            aria-keyshortcuts="/"
            aria-autocomplete="list"
            aria-expanded={open}
            aria-controls={open ? id : undefined}
            aria-activedescendant={list.chosen >= 0 ? `${id}-${list.chosen}` : undefined}
            aria-invalid={fault ? "true" : undefined}
            aria-describedby={said ? `${id}-fault` : undefined}
            placeholder={text.tasks.searchHint}
            autocomplete="off"
            autocapitalize="off"
            enterkeyhint="search"
            spellcheck={false}
            maxLength={SEARCH_LIMIT}
            value={typed}
            data-search
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              list.propose(event.currentTarget.value);
            }}
            onBeforeInput={selectToken}
            onClick={() => list.propose(typed, true)}
            onKeyDown={list.press}
            onBlur={list.close}
          />
        </span>
        <kbd>/</kbd>
      </label>
      {typed !== "" && <Clear clear={clear} />}
      {open && <Proposals id={id} list={list} />}
      {said && (
        <p class="search-fault" id={`${id}-fault`} role="status">
          {said}
        </p>
      )}
    </form>
  );
}

function Clear({ clear }: { readonly clear: () => void }) {
  const { clear: words } = text.tasks;
  return (
    <button class="search-clear" type="button" aria-label={words} title={words} onClick={clear}>
      ×
    </button>
  );
}

/**
 * Puts what is typed into the address after a rest, unless it is not `ready`, and before anything outside the form of the
 * field is clicked; and takes what is new in the address.
 * Returns a function that does so at once.
 */
function useAsking(
  search: string,
  typed: string,
  setTyped: (value: string) => void,
  ready: boolean,
  input: RefObject<HTMLInputElement | null>,
): () => void {
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
    if (!ready) return;
    const timer = setTimeout(ask, REST_MS);
    return () => clearTimeout(timer);
  }, [typed, search, ready]);
  // A link leads on from the search that stands in the field, and going back leads to that. Before the click arrives, and
  // not when the field loses the focus: the rows below the pointer could change before it is released.
  useLayoutEffect(() => {
    const click = ({ target }: MouseEvent) => {
      if (!input.current?.form?.contains(target as Node)) ask();
    };
    document.addEventListener("click", click, true);
    return () => document.removeEventListener("click", click, true);
  }, [typed, search]);
  return ask;
}
