/** The offer to load the page anew where the server has another build of it. Nothing is loaded unasked: somebody may be typing. */

import { text } from "../text";
import { another, decline } from "./build";

export function Newer() {
  const words = text.newer;
  return (
    <div role="status">
      {another.value !== null && (
        <p class="newer">
          {words.sentence}
          <button class="button button-plain" type="button" onClick={() => location.reload()}>
            {words.reload}
          </button>
          <button class="quiet" type="button" onClick={decline}>
            {words.later}
          </button>
        </p>
      )}
    </div>
  );
}
