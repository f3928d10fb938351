/** The box that narrows the list, with proposals for what is being typed; its text stands in the address. */

import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { go, href, SEARCH_LIMIT } from "../../browser/router";
import { type Completion, complete, type Known, take, unknownField } from "../../search/query";
import { text } from "../../text";

/** Asked for once the typing rests for so many milliseconds. */
const REST = 250;

interface Props {
  readonly search: string;
  /** What can be proposed, asked for when somebody types. */
  readonly known: () => Known;
  readonly fault: string | null;
}

const NOTHING: Completion = { from: 0, to: 0, options: [] };

export function Search({ search, known, fault }: Props) {
  const [typed, setTyped] = useState(search);
  const [proposed, setProposed] = useState<Completion>(NOTHING);
  const [chosen, setChosen] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const asked = useRef(search);
  const id = useId();

  const ask = () => {
    const wanted = typed.trim();
    if (wanted === search) return;
    asked.current = wanted;
    // One step back leads out of the search, not through every word of it.
    go(href({ page: "tasks", search: wanted }), search !== "" && wanted !== "");
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
  }, [typed, search]);

  const propose = (value: string) => {
    const caret = input.current?.selectionStart ?? value.length;
    setProposed(complete(value, caret, known()));
    setChosen(-1);
  };
  const close = () => {
    setProposed(NOTHING);
    setChosen(-1);
  };
  const accept = (option: string) => {
    const [value, caret] = take(typed, proposed, option);
    setTyped(value);
    const element = input.current;
    if (!element) return;
    element.value = value;
    element.focus();
    element.setSelectionRange(caret, caret);
    propose(value);
  };
  const press = (event: KeyboardEvent) => {
    const { options } = proposed;
    const option = options[chosen];
    if (event.key === "Escape") {
      event.stopPropagation();
      if (options.length) close();
      else input.current?.blur();
    } else if (options.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setChosen(
        (chosen + step + (chosen < 0 && step < 0 ? 1 : 0) + options.length) % options.length,
      );
    } else if (option !== undefined && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      accept(option);
    }
  };

  const unknown = unknownField(search);
  const said = fault ?? (unknown === null ? null : text.tasks.unknownField(unknown));
  const open = proposed.options.length > 0;
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        close();
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
        aria-activedescendant={chosen >= 0 ? `${id}-${chosen}` : undefined}
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
          propose(event.currentTarget.value);
        }}
        onKeyDown={press}
        onBlur={close}
      />
      {open && (
        <div class="proposals" id={id} role="listbox" aria-label={text.tasks.proposals}>
          {proposed.options.map((option, i) => (
            <div
              key={option}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === chosen}
              // The field keeps the focus.
              onPointerDown={(event) => {
                event.preventDefault();
                accept(option);
              }}
            >
              <code>{option}</code>
            </div>
          ))}
        </div>
      )}
      {said && (
        <p class="search-fault" id={`${id}-fault`} role="status">
          {said}
        </p>
      )}
    </form>
  );
}
