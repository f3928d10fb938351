/** The top of the wall: the mark, how all is in a sentence, and the time. */

import { useComputed } from "@preact/signals";
import { clockTick } from "../../live/hooks";
import { wallText as words } from "../../text/activity/wall";
import { hourMinute } from "../../text/format";
import { Mark } from "../../ui/mark";
import type { Condition } from "./conditions";
import { isNight, nightOf } from "./dim";

/** A sentence of more characters needs smaller type; of still more two lines, and then there is no room for another one. */
const [LARGE_CHARACTERS, LINE_CHARACTERS] = [42, 54] as const;

/** The gravest stands in large type; the next one below it, and the rest waits for its turn. */
export function Head({ said: [first, second] }: { readonly said: readonly Condition[] }) {
  const given = new URLSearchParams(location.search).get("dim");
  const length = first?.sentence.length ?? 0;
  const long = length > LINE_CHARACTERS;
  const wrong = given !== null && nightOf(given) === null;
  return (
    <>
      <header class="wall-head" data-condition={first?.kind}>
        <Mark hollow={first?.kind === "away"} />
        <div class="wall-said" role="status" data-long={length > LARGE_CHARACTERS || undefined}>
          <h1>{first?.sentence}</h1>
          {wrong && <p>{words.dim(given)}</p>}
          {second && !long && !wrong && <p data-condition={second.kind}>{second.sentence}</p>}
        </div>
        <Clock />
      </header>
      {given !== null && <Dim given={given} />}
    </>
  );
}

/** It is written once a minute. */
function Clock() {
  const shown = useComputed(() => hourMinute(clockTick.value));
  return <span class="wall-clock">{shown}</span>;
}

function Dim({ given }: { readonly given: string }) {
  const night = nightOf(given);
  const dimmed = useComputed(() => {
    const [hours = 0, minutes = 0] = hourMinute(clockTick.value).split(":").map(Number);
    return night !== null && isNight(night, 60 * hours + minutes);
  });
  return <div class="wall-dim" data-night={dimmed.value || undefined} />;
}
