/** Texts in which what is searched for is marked. */

import { beginning } from "../search/characters";
import { firstFound, inSight, marked } from "../search/found";

interface Props {
  readonly text: string;
  readonly words: readonly string[];
}

export function Marked({ text, words }: Props) {
  return (
    <>
      {marked(text, words).map((piece, i) =>
        piece.found ? <mark key={i}>{piece.text}</mark> : piece.text,
      )}
    </>
  );
}

/** Characters behind what is found that stay in sight with it. */
const BEHIND = 14;

interface LineProps extends Props {
  /** What is found stands within so many characters. */
  readonly sight: number;
  /** Of the text at most. */
  readonly limit: number;
}

/** A text on one line. Where there is no room for all of it, what is found stays in sight (styles/row.css). */
export function FoundLine({ text, words, sight, limit }: LineProps) {
  const shown = beginning(inSight(text, words, sight), limit).replace(/\s+/g, " ");
  const [begin, end] = firstFound(shown, words) ?? [0, 0];
  if (!end) return <>{shown}</>;
  // The blank before it stays with it, as a text that is cut ends without one.
  const from = shown[begin - 1] === " " ? begin - 1 : begin;
  const rest = shown.slice(from);
  const least = Math.min(rest.length, end - from + BEHIND);
  return (
    <span class="found-line">
      <span class="found-before">{shown.slice(0, from)}</span>
      <span class="found-rest" style={{ minWidth: `min(100%, ${least}ch)` }}>
        <Marked text={rest} words={words} />
      </span>
    </span>
  );
}
