/** A dialog above the page: shown once it is rendered, closed by Escape or a pointer beside it. */

import type { RefObject, TargetedEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export interface Modal {
  /** What the dialog's element needs. */
  readonly attributes: {
    readonly ref: RefObject<HTMLDialogElement | null>;
    readonly onClose: () => void;
    readonly onCancel: (event: Event) => void;
    readonly onPointerDown: (event: TargetedEvent<HTMLDialogElement, PointerEvent>) => void;
  };
  /** Closes it: the focus is back where it was when this returns. */
  readonly end: () => void;
}

/** `close` is called once, in the moment of closing. The event of that name comes later, when the next key may have
 * opened another dialog already, which it would close.
 */
export function useModal(close: () => void): Modal {
  const ref = useRef<HTMLDialogElement>(null);
  const ended = useRef(false);
  useLayoutEffect(() => ref.current?.showModal(), []);
  const tell = () => {
    if (!ended.current) close();
    ended.current = true;
  };
  const end = () => {
    ref.current?.close();
    tell();
  };
  return {
    end,
    attributes: {
      ref,
      onClose: tell,
      onCancel: (event) => {
        event.preventDefault();
        end();
      },
      onPointerDown: (event) => {
        if (event.target === event.currentTarget) end();
      },
    },
  };
}
