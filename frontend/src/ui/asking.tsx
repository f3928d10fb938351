/** A question in the place of the button that brought it up: what an action costs, and the answers to it. */

import { useEffect, useRef } from "preact/hooks";
import { text } from "../text";

interface Answer {
  readonly label: string;
  readonly act: () => void;
}

interface Props {
  /** What it is about. */
  readonly label: string;
  readonly cost: string;
  /** Whether something is lost by it. */
  readonly danger: boolean;
  readonly answers: readonly Answer[];
  /** The way back, named for what it does. */
  readonly keep?: string | undefined;
  /** Called after any answer, and when nothing is to be done. */
  readonly close: () => void;
}

export function Asking({ label, cost, danger, answers, keep: back, close }: Props) {
  const keep = useRef<HTMLButtonElement>(null);
  // The focus moves to the harmless answer.
  useEffect(() => keep.current?.focus(), []);
  return (
    <div
      class="asking"
      role="alertdialog"
      aria-label={label}
      data-danger={danger || undefined}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <p>{cost}</p>
      {answers.map((answer) => (
        <button
          key={answer.label}
          class={`button ${danger ? "button-danger" : "button-asked"}`}
          type="button"
          onClick={() => {
            close();
            answer.act();
          }}
        >
          {answer.label}
        </button>
      ))}
      <button ref={keep} class="button button-plain" type="button" onClick={close}>
        {back ?? (danger ? text.answer.keep : text.answer.cancel)}
      </button>
    </div>
  );
}
