/** The offer to reload the page when the server has another build of it. It never reloads by itself: the user may be typing. */

import { text } from "../text";
import { decline, offered } from "./build";

export function NewBuild() {
  const words = text.newer;
  return (
    <div role="status">
      {offered.value !== null && (
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
