/** The page of who may do what. */

import type { AccessPart } from "../../browser/router";
import { text } from "../../text";
import { Later, later } from "../../ui/later";

const load = later(() => import("./parts"));

export function Access({ part }: { readonly part: AccessPart }) {
  return (
    <Later
      load={load}
      show={({ Parts }) => <Parts part={part} />}
      title={text.me.parts[part]}
      words={text.me.loading}
    />
  );
}
