/** The button that runs a task again: at once where nothing follows it, else one is asked whether that runs as well. */

import { useState } from "preact/hooks";
import { type Changes, type KeptCall, keptCall } from "../../../api/calls";
import { actionText } from "../../../text/actions";
import { Asking } from "../../../ui/asking";

const words = actionText;

interface Props {
  readonly id: string;
  readonly busy: boolean;
  /** Whether its last try had other arguments than its message. */
  readonly changed: boolean;
  /** What is asked about; null while nothing is. */
  readonly kept: KeptCall | null;
  readonly ask: (kept: KeptCall | null) => void;
  readonly again: (changes: Changes) => void;
}

export function Again({ id, busy, changed, kept, ask, again }: Props) {
  const [looking, setLooking] = useState(false);
  const run = async () => {
    setLooking(true);
    // What is wrong is said by the answer to the retry itself.
    const found = await keptCall(id).catch(() => null);
    setLooking(false);
    if (found && isInWorkflow(found)) ask(found);
    else again({});
  };
  if (kept) {
    const follow = { label: words.andWhatFollows, act: () => again({ follow: true }) };
    return (
      <Asking
        label={words.retry}
        cost={changed ? `${kept.effect} ${words.withFirst}` : kept.effect}
        danger={false}
        answers={[
          { label: words.onlyThis, act: () => again({}) },
          ...(followers(kept).length ? [follow] : []),
        ]}
        close={() => ask(null)}
      />
    );
  }
  return (
    <button
      class="button button-plain"
      type="button"
      title={changed ? words.explainRetryFirst : words.explainRetry}
      disabled={busy || looking}
      onClick={() => void run()}
    >
      {words.retry}
    </button>
  );
}

/** The names of the tasks that follow it, whether it succeeds or fails. */
export function followers({ follows }: KeptCall): readonly string[] {
  return [...follows.chain, ...follows.callbacks, ...follows.errbacks];
}

function isInWorkflow(kept: KeptCall): boolean {
  return followers(kept).length + kept.follows.chord.length > 0;
}
