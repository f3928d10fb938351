/** How many tasks there are of each state; each count narrows the list to them. */

import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { number } from "../format";
import type { Totals } from "../protocol";
import { groupAsked, withGroup } from "../query";
import { href } from "../router";
import { count, GROUPS, type Group } from "../select";
import { text } from "../text";

interface Props {
  readonly totals: ReadonlySignal<Totals>;
  readonly search: string;
}

export function Chips({ totals, search }: Props) {
  const nav = useRef<HTMLElement>(null);
  const asked = groupAsked(search);
  // On a narrow screen the chips scroll, and the chosen one may be out of sight.
  useEffect(() => {
    const chosen = nav.current?.querySelector("[aria-current]");
    if (asked) chosen?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [asked]);
  const chip = (group: Group | null) => {
    const key = group?.key ?? null;
    const figure = count(totals.value, group);
    return (
      <a
        key={key}
        class="chip"
        href={href({ page: "tasks", search: withGroup(search, key) })}
        aria-current={key === asked ? "true" : undefined}
        data-group={key ?? "all"}
        data-none={figure === 0 || undefined}
      >
        {key === null ? text.tasks.all : text.group[key]} <b>{number(figure)}</b>
      </a>
    );
  };
  return (
    <nav ref={nav} class="chips" aria-label={text.tasks.filter}>
      {[null, ...GROUPS].map(chip)}
    </nav>
  );
}
