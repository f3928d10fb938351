/** What the term that is being typed into the search could become, in a list below the field. */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Completion, complete, type Known, type Option, take } from "../../search/completion";
import { text } from "../../text";

const NOTHING: Completion = { from: 0, to: 0, options: [] };

export interface ProposalList {
  readonly options: readonly Option[];
  /** The index of the option that Enter accepts; -1 for none. */
  readonly chosen: number;
  /** Proposes for the text at the caret; with `all`, every key where nothing is begun. */
  propose(value: string, all?: boolean): void;
  accept(option: Option): void;
  close(): void;
  /** Handles the keys of the field while the list is open, Escape, and the arrow that opens it. */
  press(event: KeyboardEvent): void;
}

/** `typed` is the text of the field, `known` the values that can be proposed, read when they are needed. */
export function useProposals(
  input: RefObject<HTMLInputElement | null>,
  typed: string,
  setTyped: (value: string) => void,
  known: () => Known,
): ProposalList {
  const [proposed, setProposed] = useState<Completion>(NOTHING);
  const [chosen, setChosen] = useState(-1);
  const { options } = proposed;
  const show = (completion: Completion) => {
    setProposed(completion);
    setChosen(-1);
  };
  const close = () => show(NOTHING);
  const propose = (value: string, all = false) =>
    show(complete(value, input.current?.selectionStart ?? value.length, known(), all));
  const accept = (option: Option) => {
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
    const option = options[chosen];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      event.stopPropagation();
      if (options.length) close();
      else input.current?.blur();
    } else if (step && options.length) {
      event.preventDefault();
      setChosen(
        (chosen + step + (chosen < 0 && step < 0 ? 1 : 0) + options.length) % options.length,
      );
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      propose(typed, true);
    } else if (option !== undefined && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      accept(option);
    }
  };
  return { options, chosen, propose, accept, close, press };
}

interface Props {
  /** Of the list; the options are numbered after it. */
  readonly id: string;
  readonly list: ProposalList;
}

export function Proposals({ id, list: { options, chosen, accept } }: Props) {
  const popup = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    popup.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <div
      ref={popup}
      class="proposals"
      id={id}
      role="listbox"
      aria-label={text.tasks.proposals}
      // Without the default the field keeps the focus, also while one scrolls the list by touch.
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
    >
      {options.map((option, i) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
        <div
          key={option.text}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === chosen}
          onClick={() => accept(option)}
        >
          <code>{option.text}</code>
          {option.key && <span>{text.tasks.keys[option.key]}</span>}
        </div>
      ))}
    </div>
  );
}
