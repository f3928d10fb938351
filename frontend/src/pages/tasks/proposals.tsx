/** What the term that is being typed into the search could become, in a list below the field. */

import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import { type Completion, complete, type Known, take } from "../../search/completion";
import { text } from "../../text";

const NOTHING: Completion = { from: 0, to: 0, options: [] };

export interface ProposalList {
  readonly options: readonly string[];
  /** The index of the option that Enter accepts; -1 for none. */
  readonly chosen: number;
  /** Proposes for the text at the caret. */
  propose(value: string): void;
  accept(option: string): void;
  close(): void;
  /** Handles the keys of the field while the list is open, and Escape. */
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
  const propose = (value: string) =>
    show(complete(value, input.current?.selectionStart ?? value.length, known()));
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
  return { options, chosen, propose, accept, close, press };
}

interface Props {
  /** Of the list; the options are numbered after it. */
  readonly id: string;
  readonly list: ProposalList;
}

export function Proposals({ id, list: { options, chosen, accept } }: Props) {
  return (
    <div class="proposals" id={id} role="listbox" aria-label={text.tasks.proposals}>
      {options.map((option, i) => (
        <div
          key={option}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === chosen}
          // Without the default the field keeps the focus.
          onPointerDown={(event) => {
            event.preventDefault();
            accept(option);
          }}
        >
          <code>{option}</code>
        </div>
      ))}
    </div>
  );
}
