/** What the list of commands offers, apart from tasks. Pure, but for what each entry does. */

import { commands } from "../../browser/commands";
import { density, type SavedView, savedViews } from "../../browser/preferences";
import { go, href, listOf, type Route } from "../../browser/router";
import { PLACES } from "../../browser/shortcuts";
import type { Queue, SharedView, Worker } from "../../contract/boards";
import type { RegisteredJob } from "../../contract/generated";
import { offers } from "../../me/me";
import { text } from "../../text";
import { nextTheme } from "../theme";

export type Kind = keyof typeof text.palette.group;

export interface Entry {
  readonly kind: Kind;
  readonly key: string;
  readonly label: string;
  /** Said beside it, and looked through as well. */
  readonly note?: string;
  readonly act: () => void;
}

/** What can be found besides the page's own commands. */
export interface Findable {
  readonly jobs: readonly RegisteredJob[];
  readonly queues: readonly Queue[];
  readonly workers: readonly Worker[];
  /** Those that people share; one's own are in this browser. */
  readonly views: readonly SharedView[];
  readonly showKeys: () => void;
}

const PAGES: Readonly<Record<keyof typeof PLACES, Route["page"]>> = {
  tasks: "tasks",
  launch: "launch",
  workers: "workers",
  queues: "queues",
  schedule: "schedule",
  now: "activity",
};

/** Everything that can be found and done, in the order in which it is listed. */
export function entries({ jobs, queues, workers, views, showKeys }: Findable): readonly Entry[] {
  const words = text.palette;
  const lead = (kind: Kind, label: string, address: string, note?: string): Entry => ({
    kind,
    key: `${kind} ${label} ${address}`,
    label,
    ...(note !== undefined && { note }),
    act: () => go(address),
  });
  const command = (label: string, act: () => void): Entry => ({
    kind: "commands",
    key: `commands ${label}`,
    label,
    act,
  });
  return [
    ...commands().map(({ label, act }) => command(label, act)),
    command(words.theme, nextTheme),
    command(words.density(density.peek() === "compact"), () => {
      density.value = density.peek() === "compact" ? "airy" : "compact";
    }),
    command(words.keys, showKeys),
    ...(Object.keys(PLACES) as (keyof typeof PLACES)[])
      .filter((place) => offers(PAGES[place]))
      .map((place) => lead("pages", pageName(PAGES[place]), PLACES[place])),
    lead("pages", text.nav.wall, href({ page: "wall" })),
    ...allViews(views).map(({ name, search }) =>
      lead("views", name, href({ page: "tasks", search }), search),
    ),
    ...jobs.map(({ name }) => lead("jobs", name, href({ page: "launch", job: name }))),
    ...queues.map(({ name }) => lead("queues", name, listOf("queue", name))),
    ...workers.map(({ name }) => lead("workers", name, listOf("worker", name))),
  ];
}

/** One's own views, and then the shared ones; once what is both. */
function allViews(shared: readonly SavedView[]): readonly SavedView[] {
  const own = savedViews.peek();
  const others = shared.filter(
    ({ name, search }) => !own.some((view) => view.name === name && view.search === search),
  );
  return [...own, ...others];
}

function pageName(page: Route["page"]): string {
  return (text.nav as Readonly<Record<string, string>>)[page] ?? page;
}

/** Those in whose texts every word is found. */
export function fitting(all: readonly Entry[], typed: string): readonly Entry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ kind, label, note = "" }) => {
    const said = `${text.palette.group[kind]} ${label} ${note}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
}
