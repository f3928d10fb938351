/** How many tasks there are in each group of states; each count is a link that narrows the list to them. */

import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { href } from "../../browser/router";
import { count, GROUPS } from "../../contract/groups";
import type { Totals } from "../../contract/messages";
import { groupAsked, withGroup } from "../../search/states";
import { text } from "../../text";
import { number } from "../../text/format";

interface Props {
  /** Null while the search cannot be answered. */
  readonly totals: ReadonlySignal<Totals> | null;
  readonly search: string;
}

export function Chips({ totals, search }: Props) {
  const nav = useRef<HTMLElement>(null);
  const asked = groupAsked(search);
  // In a narrow window the chips scroll, and the chosen one may be out of sight.
  useEffect(() => {
    const chosen = nav.current?.querySelector("[aria-current]");
    if (asked) chosen?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [asked]);
  // Counts change with every frame, links do not.
  const chips = useMemo(
    () =>
      [null, ...GROUPS].map((group) => {
        const key = group?.key ?? null;
        return { group, key, link: href({ page: "tasks", search: withGroup(search, key) }) };
      }),
    [search],
  );
  const chip = ({ group, key, link }: (typeof chips)[number]) => {
    const figure = totals && count(totals.value, group);
    return (
      <a
        key={key}
        class="chip"
        href={link}
        aria-current={key === asked ? "true" : undefined}
        data-group={key ?? "all"}
        data-none={figure === 0 || undefined}
      >
        {key === null ? text.tasks.all : text.group[key]}{" "}
        {figure !== null && <b>{number(figure)}</b>}
      </a>
    );
  };
  return (
    <nav ref={nav} class="chips" aria-label={text.tasks.filter}>
      {chips.map(chip)}
    </nav>
  );
}
