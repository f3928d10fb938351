/** A text of a row, on one line, with the words marked that were searched for. */

import type { ComponentChildren } from "preact";
import { beginning } from "../../search/characters";
import { FoundLine, Marked } from "../found";

/** Characters of a text in a row at most: more could not be seen, and would cost memory in every row. */
export const CELL_LIMIT = 300;

/** Words to mark, if any are searched for. */
export type Words = readonly string[] | undefined;

/** Without words to mark it is no component of its own, as rows are many. `sight` is how many characters are in sight. */
export function line(text: string, words: Words, sight = CELL_LIMIT): ComponentChildren {
  if (!words?.length) return beginning(text, CELL_LIMIT);
  return <FoundLine text={text} words={words} sight={sight} limit={CELL_LIMIT} />;
}

/** The same for a text of which the beginning is shown, wherever the words are. */
export function marked(text: string, words: Words): ComponentChildren {
  const shown = beginning(text, CELL_LIMIT);
  return words?.length ? <Marked text={shown} words={words} /> : shown;
}
