/** The shape of a state. Its colour follows the state too, but is never the only difference. */

import type { JSX } from "preact";
import type { State } from "../contract/messages";
import { isRunning } from "../contract/progress";

interface Props {
  readonly state: State;
  /** 0 to 100; null while unknown. */
  readonly percent?: number | null;
}

export function Glyph({ state, percent = null }: Props) {
  return (
    <svg
      class="glyph"
      data-state={state}
      data-turning={(isRunning(state) && percent === null) || undefined}
      viewBox="0 0 16 16"
      aria-hidden="true"
    >
      {SHAPES[state]?.(percent)}
    </svg>
  );
}

const SHAPES: Readonly<Record<State, (percent: number | null) => JSX.Element>> = {
  PENDING: () => <circle class="glyph-line" cx="8" cy="8" r="5.75" />,
  RECEIVED: () => (
    <>
      <circle class="glyph-line" cx="8" cy="8" r="5.75" />
      <circle class="glyph-fill" cx="8" cy="8" r="2" />
    </>
  ),
  STARTED: ring,
  PROGRESS: ring,
  RETRY: () => (
    <>
      <path class="glyph-line" d="M13.4 9.4A5.6 5.6 0 1 1 12 4.1" />
      <path class="glyph-line" d="M12.7 1.6V4.6H9.7" />
    </>
  ),
  SUCCESS: () => (
    <>
      <circle class="glyph-fill" cx="8" cy="8" r="7" />
      <path class="glyph-cut" d="M4.9 8.3L7.2 10.6L11.2 5.8" />
    </>
  ),
  FAILURE: () => (
    <>
      <rect class="glyph-fill" x="1.5" y="1.5" width="13" height="13" rx="1.5" />
      <path class="glyph-cut" d="M5.2 5.2L10.8 10.8M10.8 5.2L5.2 10.8" />
    </>
  ),
  REVOKED: () => (
    <>
      <circle class="glyph-line" cx="8" cy="8" r="5.75" />
      <path class="glyph-line" d="M4 12L12 4" />
    </>
  ),
  LOST: () => (
    <circle
      class="glyph-line glyph-broken"
      cx="8"
      cy="8"
      r="5.75"
      pathLength="100"
      stroke-dasharray="16 9"
      transform="rotate(-62 8 8)"
    />
  ),
};

function ring(percent: number | null) {
  return (
    <>
      <circle class="glyph-track" cx="8" cy="8" r="5.5" />
      <circle
        class="glyph-ring"
        cx="8"
        cy="8"
        r="5.5"
        pathLength="100"
        stroke-dasharray={`${percent ?? 25} 100`}
      />
    </>
  );
}
