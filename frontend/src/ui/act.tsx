/** A button that does something to a task. A dangerous one asks once, in its own place, and names the cost. */

import { useEffect, useRef, useState } from "preact/hooks";
import { text } from "../text";

interface Props {
  readonly label: string;
  /** What it will do, in a sentence. */
  readonly explain: string;
  /** What is asked before it is done, and the words of the button that agrees; without it nothing is asked. */
  readonly ask?: { readonly cost: string; readonly agree: string } | undefined;
  readonly busy?: boolean;
  readonly act: () => void;
}

export function Act({ label, explain, ask, busy = false, act }: Props) {
  const [asking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const asked = useRef(false);
  // The focus goes to the harmless answer, and back to where it came from.
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
