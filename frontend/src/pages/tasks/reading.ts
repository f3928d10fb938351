/** The query of the search in the address, at the present time and in the zone that the viewer chose. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { tick } from "../../live/hooks";
import { type QueryReading, read } from "../../search/query";
import { zone } from "../../text/zone";

/** Reads a search, and reads it again when it begins to mean another time, as `since:midnight` does every day. */
export function useReading(search: string): QueryReading {
  const [turned, setTurned] = useState(0);
  const here = zone.value;
  // `turned` has it read again.
  const reading = useMemo(
    () => read(search, { now: tick.peek(), zone: here }),
    [search, here, turned],
  );
  useEffect(() => {
    const { turns } = reading;
    if (turns === null) return;
    // A second late rather than early: it would be read as before, and at once again.
    const timer = setTimeout(() => setTurned(turns), 1000 * (turns - tick.peek() + 1));
    return () => clearTimeout(timer);
  }, [reading]);
  return reading;
}
