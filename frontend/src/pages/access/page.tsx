/** The page of who may do what. Most people never open it: its script is loaded when it is. */

import { ApiError } from "../../api/http";
import type { AccessPart } from "../../browser/router";
import { text } from "../../text";
import { Loading } from "../../ui/loading";
import { useOnce } from "../../ui/once";

/** An outage counts as passing, so that loading is tried again. After a new build the script has another address: then the page has to be reloaded. */
const load = () =>
  import("./parts").catch((reason: unknown) => {
    console.warn(reason);
    throw new ApiError(0, text.activity.notLoaded);
  });

export function Access({ part }: { readonly part: AccessPart }) {
  const { value: loaded, problem } = useOnce(load);
  if (loaded) return <loaded.Parts part={part} />;
  if (!problem) return <Loading title={text.me.parts[part]} words={text.me.loading} />;
  return (
    <p class="problem" role="alert">
      {problem.sentence}{" "}
      <button class="copy" type="button" onClick={() => location.reload()}>
        {text.activity.reload}
      </button>
    </p>
  );
}
