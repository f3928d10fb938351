/** The terms of a search as tokens: how they look in the field, and how Backspace takes them away. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Fault } from "../../search/query";
import { pieces, tokenBefore } from "../../search/tokens";

interface Props {
  readonly input: { readonly current: HTMLInputElement | null };
  readonly typed: string;
  readonly wrong: Fault | null;
}

/** What stands behind the text of the field, so that its terms look like tokens. It scrolls with the field. */
export function Tokens({ input, typed, wrong }: Props) {
  const behind = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const field = input.current;
    if (!field) return;
    const follow = () => {
      if (behind.current) behind.current.scrollLeft = field.scrollLeft;
    };
    // Asking how far it is scrolled would lay the page out while it is drawn for the first time.
    if (typed) follow();
    field.addEventListener("scroll", follow);
    return () => field.removeEventListener("scroll", follow);
  }, [typed]);
  return (
    <span ref={behind} class="search-tokens" aria-hidden="true">
      {pieces(typed, wrong).map((piece, i) =>
        piece.token ? (
          <mark key={i} data-wrong={piece.wrong || undefined}>
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </span>
  );
}

/** Backspace behind a token selects it, and takes it away when it is pressed again. */
export function selectToken(
  event: InputEvent & { readonly currentTarget: HTMLInputElement },
): void {
  const field = event.currentTarget;
  const { selectionStart: caret, selectionEnd, value } = field;
  if (event.inputType !== "deleteContentBackward" || caret === null || caret !== selectionEnd)
    return;
  const token = tokenBefore(value, caret);
  if (!token) return;
  event.preventDefault();
  field.setSelectionRange(token.from, token.to);
}
