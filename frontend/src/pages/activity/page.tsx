/** The Activity page: the last hour. It is drawn by a script of its own, loaded when the page is opened. */

import { ApiError } from "../../api/http";
import { useTitle } from "../../browser/title";
import { useBoard } from "../../live/hooks";
import { text } from "../../text";
import { Loading } from "../../ui/loading";
import { useOnce } from "../../ui/once";

/** An outage counts as passing, so that loading is tried again. After a new build the script has another address: then the page has to be reloaded. */
const load = () =>
  import("./hour").catch((reason: unknown) => {
    console.warn(reason);
    throw new ApiError(0, text.activity.notLoaded);
  });

export function Activity() {
  const board = useBoard("now");
  const { value: drawn, problem } = useOnce(load);
  const title = text.nav.activity;
  useTitle(title);
  const refusal = board.refusal.value;
  if (refusal !== null) return <p class="notice">{text.problem.refused(refusal)}</p>;
  return (
    <div class="board" data-kind="now">
      <h1>{title}</h1>
      {drawn ? (
        <drawn.Hour board={board.picture.value} />
      ) : problem ? (
        <p class="problem" role="alert">
          {problem.sentence}{" "}
          <button class="copy" type="button" onClick={() => location.reload()}>
            {text.activity.reload}
          </button>
        </p>
      ) : (
        <Loading words={text.activity.loading} />
      )}
    </div>
  );
}
