/** A button that acts on tasks. One that costs something asks for confirmation in its own place, and names the consequence. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Asking } from "./asking";

interface Question {
  readonly cost: string;
  /** Whether something is lost by it: not unless told so. */
  readonly danger?: boolean;
  readonly agree: string;
  /** The way back; without it, one that fits the danger. */
  readonly keep?: string;
  /** Another way to do it. */
  readonly also?: { readonly label: string; readonly act: () => void };
}

interface Props {
  readonly label: string;
  /** What it will do, in a sentence. */
  readonly explain: string;
  /** The consequence that has to be confirmed, and the label of the button that confirms it; without it nothing is asked. */
  readonly ask?: Question | undefined;
  readonly busy?: boolean;
  /** What it does, for keys that press it. */
  readonly kind?: string | undefined;
  readonly act: () => void;
}

export function Act({ label, explain, ask, busy = false, kind, act }: Props) {
  const [asking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const asked = useRef(false);
  // The focus comes back to the button after an answer.
  useEffect(() => {
    if (!asking && asked.current) button.current?.focus();
    asked.current = asking;
  }, [asking]);
  if (asking && ask) {
    return (
      <Asking
        label={label}
        cost={ask.cost}
        danger={ask.danger ?? false}
        answers={[{ label: ask.agree, act }, ...(ask.also ? [ask.also] : [])]}
        keep={ask.keep}
        close={() => setAsking(false)}
      />
    );
  }
  return (
    <button
      ref={button}
      class="button button-plain"
      type="button"
      title={explain}
      data-act={kind}
      disabled={busy}
      onClick={() => (ask ? setAsking(true) : act())}
    >
      {label}
    </button>
  );
}
