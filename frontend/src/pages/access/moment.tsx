/** A time as people say it, with the exact one as its tooltip; or the other way round. */

import { tick } from "../../live/hooks";
import { ago, dateTime, soon } from "../../text/format";
import { timeStyle } from "../../text/zone";

export function Moment({ at }: { readonly at: number }) {
  const exact = dateTime(at);
  const away = tick.value - at;
  const said = away < 0 ? soon(-away) : ago(away);
  const relative = timeStyle.value === "relative";
  return <time title={relative ? exact : said}>{relative ? said : exact}</time>;
}
