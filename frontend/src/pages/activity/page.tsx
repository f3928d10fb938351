/** The pages of the last hour and of one job in it. Each is drawn by a script of its own, loaded when it is opened. */

import type { ComponentChildren } from "preact";
import { href } from "../../browser/router";
import { useTitle } from "../../browser/title";
import { useBoard } from "../../live/hooks";
import { text } from "../../text";
import { shortName } from "../../text/format";
import { Later, later } from "../../ui/later";

const loadHour = later(() => import("./hour"));
const loadJob = later(() => import("./job/job"));

export function Activity() {
  return (
    <OnBoard kind="now" title={text.nav.activity}>
      {(board) => (
        <Later
          load={loadHour}
          show={({ Hour }) => <Hour board={board} />}
          words={text.activity.loading}
        />
      )}
    </OnBoard>
  );
}

export function JobPage({ name }: { readonly name: string }) {
  return (
    <OnBoard kind="job" title={shortName(name)} name={name}>
      {(board) => (
        <Later
          load={loadJob}
          show={({ Job }) => <Job name={name} board={board} />}
          words={text.activity.loading}
        />
      )}
    </OnBoard>
  );
}

interface Props {
  readonly kind: "now" | "job";
  readonly title: string;
  /** The whole of a shortened title. */
  readonly name?: string;
  readonly children: (board: unknown) => ComponentChildren;
}

/** A page with the picture of the last hour. */
function OnBoard({ kind, title, name, children }: Props) {
  const board = useBoard("now");
  useTitle(title);
  const refusal = board.refusal.value;
  if (refusal !== null) return <p class="notice">{text.problem.refused(refusal)}</p>;
  return (
    <div class="board" data-kind={kind}>
      <h1 title={name}>{title}</h1>
      {kind === "now" && (
        <a class="hour-wall" href={href({ page: "wall" })}>
          {text.activity.wall}
        </a>
      )}
      {children(board.picture.value)}
    </div>
  );
}
