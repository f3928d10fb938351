/** The Activity page: the last hour. It is drawn by a script of its own, loaded when the page is opened. */

import { useTitle } from "../../browser/title";
import { useBoard } from "../../live/hooks";
import { text } from "../../text";
import { Later, later } from "../../ui/later";

const load = later(() => import("./hour"));

export function Activity() {
  const board = useBoard("now");
  const title = text.nav.activity;
  useTitle(title);
  const refusal = board.refusal.value;
  if (refusal !== null) return <p class="notice">{text.problem.refused(refusal)}</p>;
  return (
    <div class="board" data-kind="now">
      <h1>{title}</h1>
      <Later
        load={load}
        show={({ Hour }) => <Hour board={board.picture.value} />}
        words={text.activity.loading}
      />
    </div>
  );
}
