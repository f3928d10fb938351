/** What the page that is open can do, for the list of commands. */

import { signal } from "@preact/signals-core";
import { useEffect, useRef } from "preact/hooks";

export interface Command {
  readonly label: string;
  readonly act: () => void;
}

type Offer = { readonly current: () => readonly Command[] };

const offers = signal<readonly Offer[]>([]);

/** Offers commands while the component is mounted. `make` is called when they are to be shown. */
export function useCommands(make: () => readonly Command[]): void {
  const offer = useRef(make);
  offer.current = make;
  useEffect(() => {
    offers.value = [...offers.peek(), offer];
    return () => {
      offers.value = offers.peek().filter((each) => each !== offer);
    };
  }, []);
}

/** The commands that are offered now. */
export function commands(): readonly Command[] {
  return offers.value.flatMap((offer) => offer.current());
}
