/** A button that acts on tasks. A dangerous one asks for confirmation in its own place, and names the consequence. */

import { useEffect, useRef, useState } from "preact/hooks";
import { text } from "../text";

interface Props {
  readonly label: string;
  /** What it will do, in a sentence. */
  readonly explain: string;
  /** The consequence that has to be confirmed, and the label of the button that confirms it; without it nothing is asked. */
  readonly ask?: { readonly cost: string; readonly agree: string } | undefined;
  readonly busy?: boolean;
  readonly act: () => void;
}

export function Act({ label, explain, ask, busy = false, act }: Props) {
  const [asking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const asked = useRef(false);
  // The focus moves to the harmless answer, and back to the button afterwards.
  useEffect(() => {
    if (asking) keep.current?.focus();
    else if (asked.current) button.current?.focus();
    asked.current = asking;
  }, [asking]);
  if (asking && ask) {
    return (
      <div
        class="asking"
        role="alertdialog"
        aria-label={label}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          setAsking(false);
        }}
      >
        <p>{ask.cost}</p>
        <button
          class="button button-danger"
          type="button"
          onClick={() => {
            setAsking(false);
            act();
          }}
        >
          {ask.agree}
        </button>
        <button
          ref={keep}
          class="button button-plain"
          type="button"
          onClick={() => setAsking(false)}
        >
          {text.task.action.keep}
        </button>
      </div>
    );
  }
  return (
    <button
      ref={button}
      class="button button-plain"
      type="button"
      title={explain}
      disabled={busy}
      onClick={() => (ask ? setAsking(true) : act())}
    >
      {label}
    </button>
  );
}
