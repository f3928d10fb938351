/** The tokens of a search: its terms with a key and a value, as the field shows them and Backspace takes them. Pure. */

import type { Fault } from "./query";
import { terms } from "./terms";

export interface Piece {
  readonly text: string;
  /** Whether it is a token, or what stands between them. */
  readonly token: boolean;
  /** Whether it is what cannot be asked for. */
  readonly wrong: boolean;
}

/** The whole text in pieces. */
export function pieces(text: string, fault: Fault | null): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  const add = (to: number, token: boolean, wrong: boolean) => {
    if (to > at) found.push({ text: text.slice(at, to), token, wrong });
    at = to;
  };
  for (const { key, argument, value, from, to } of terms(text)) {
    if (key === null || !value) continue;
    add(from, false, false);
    const name = argument === null ? key : `${key}.${argument}`;
    add(to, true, fault !== null && fault.key === name && fault.value === value);
  }
  add(text.length, false, false);
  return found;
}

/** The token that ends before the blank at the caret, with that blank; null if there is none. */
export function tokenBefore(
  text: string,
  caret: number,
): { readonly from: number; readonly to: number } | null {
  if (text[caret - 1] !== " ") return null;
  const token = terms(text).find(({ key, value, to }) => key && value && to === caret - 1);
  return token ? { from: token.from, to: caret } : null;
}
