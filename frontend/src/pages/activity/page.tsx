/** The last hour. What draws it is loaded when somebody comes to see it. */

import { useEffect } from "preact/hooks";
import { ApiError } from "../../api/calls";
import { useBoard } from "../../live/hooks";
import { text } from "../../text";
import { Loading } from "../../ui/loading";
import { useOnce } from "../../ui/once";

/** Tried again after an outage; what a new build has put elsewhere is there after the page was loaded again. */
const load = () =>
  import("./hour").catch((reason: unknown) => {
    console.warn(reason);
    throw new ApiError(0, text.now.notLoaded);
  });

export function Now() {
  const board = useBoard("now");
  const { value: drawn, problem } = useOnce(load);
  const title = text.nav.now;
  useEffect(() => {
    document.title = `${title} · ${text.name}`;
  }, [title]);
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
            {text.now.reload}
          </button>
        </p>
      ) : (
        <Loading words={text.now.loading} />
      )}
    </div>
  );
}
