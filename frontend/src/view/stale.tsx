/** What is said of a picture that is from before. */

import type { Truth } from "../fleet";

interface Props {
  readonly truth: Truth;
  readonly say: (since: number, trouble: string | null) => string;
}

export function Old({ truth, say }: Props) {
  if (truth.stale_since === null) return null;
  return (
    <p class="board-old" role="status">
      {say(truth.stale_since, truth.trouble)}
    </p>
  );
}
