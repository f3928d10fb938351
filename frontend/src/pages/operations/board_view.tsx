/** The frame of a page that shows a board: its heading, why it may be old or is refused, and its content. */

import "../../styles/opened.css";

import type { ComponentChildren } from "preact";
import { useTitle } from "../../browser/title";
import { asTruth } from "../../contract/boards";
import type { Board } from "../../live/board";
import { text } from "../../text";
import { Loading } from "../../ui/loading";

interface Props {
  readonly board: Board;
  readonly words: {
    readonly title: string;
    readonly loading: string;
    /** The sentence over a picture that is old; a board without one is never old. */
    readonly stale?: (since: number, trouble: string | null) => string;
  };
  /** Whether there is a picture to show. */
  readonly ready: boolean;
  readonly children: ComponentChildren;
}

export function BoardView({ board, words, ready, children }: Props) {
  const refusal = board.refusal.value;
  const { stale_since, trouble } = asTruth(board.picture.value);
  useTitle(words.title);
  const old = ready && words.stale && stale_since !== null;
  return (
    <div class="board" data-old={old || undefined}>
      <h1>{words.title}</h1>
      {refusal !== null && <p class="notice">{text.problem.refused(refusal)}</p>}
      {old && (
        <p class="board-old" role="status">
          {words.stale?.(stale_since, trouble)}
        </p>
      )}
      {ready && stale_since === null && trouble !== null && (
        <p class="board-old" role="status">
          {trouble}
        </p>
      )}
      {refusal === null && (ready ? children : <Loading words={words.loading} />)}
    </div>
  );
}
