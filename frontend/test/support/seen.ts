/** What a bar is told, from the fields that matter. */

import type { Seen } from "../../src/element/connection/feed";

export function seen(fields: Partial<Seen> = {}): Seen {
  return {
    tasks: [],
    totals: {},
    answered: true,
    refusal: null,
    link: { kind: "live", roundTrip: null },
    now: 1000,
    ...fields,
  };
}
