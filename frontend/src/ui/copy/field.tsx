/** A text that can be copied: in a field, so that it can be chosen where there is no clipboard. */

import { useEffect, useId, useRef } from "preact/hooks";
import { Copy } from "./button";

interface Props {
  readonly label: string;
  readonly copy: string;
  readonly text: string;
  /** Whether it is what the user has just asked for: it gets the focus. */
  readonly awaited?: boolean;
}

export function CopiedField({ label, copy, text, awaited = false }: Props) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (awaited) field.current?.focus();
  }, [awaited]);
  return (
    <div class="field copied-field">
      <label for={id}>{label}</label>
      <div class="field-line">
        <input
          ref={field}
          id={id}
          class="mono"
          readOnly
          value={text}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Copy text={text} label={copy} />
      </div>
    </div>
  );
}
