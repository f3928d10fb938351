/** The table of keys: what listens for them and the panel that lists them both read it. Pure. */

import { HOME, href, type Route } from "./router";

/** Everywhere on the page, or on the list of tasks only. */
export type Scope = "page" | "list";

interface Shortcut {
  readonly id: string;
  readonly scope: Scope;
  /** As `KeyboardEvent.key` has them; two are pressed one after the other. */
  readonly keys: readonly [string] | readonly [string, string];
  /** Pressed together with Ctrl, or with Command on a Mac; also while one types. */
  readonly control?: true;
  /** The page that it leads to. */
  readonly leads?: Route["page"];
}

export const SHORTCUTS = [
  { id: "search", scope: "page", keys: ["/"] },
  { id: "palette", scope: "page", keys: ["k"], control: true },
  { id: "next", scope: "list", keys: ["j"] },
  { id: "previous", scope: "list", keys: ["k"] },
  { id: "open", scope: "list", keys: ["Enter"] },
  { id: "peek", scope: "list", keys: [" "] },
  { id: "choose", scope: "list", keys: ["x"] },
  { id: "retry", scope: "list", keys: ["r"] },
  { id: "leave", scope: "list", keys: ["Escape"] },
  { id: "tasks", scope: "page", keys: ["g", "t"], leads: "tasks" },
  { id: "launch", scope: "page", keys: ["g", "l"], leads: "launch" },
  { id: "workers", scope: "page", keys: ["g", "w"], leads: "workers" },
  { id: "queues", scope: "page", keys: ["g", "q"], leads: "queues" },
  { id: "schedule", scope: "page", keys: ["g", "s"], leads: "schedule" },
  { id: "now", scope: "page", keys: ["g", "n"], leads: "activity" },
  { id: "help", scope: "page", keys: ["?"] },
] as const satisfies readonly Shortcut[];

type Known = (typeof SHORTCUTS)[number];
export type ShortcutId = Known["id"];

/** The shortcuts of a scope, by their ids: who listens for it has something to do for each. */
export type IdIn<In extends Scope> = Extract<Known, { scope: In }>["id"];

/** The pages that one can go to by a key or a command, and their addresses. */
export const PLACES = {
  tasks: HOME,
  launch: href({ page: "launch", job: null }),
  workers: href({ page: "workers" }),
  queues: href({ page: "queues" }),
  schedule: href({ page: "schedule" }),
  now: href({ page: "activity" }),
} as const satisfies Partial<Record<ShortcutId, string>>;

/** Which shortcut of a scope a key completes, after the key before it; null where it is none. */
export function shortcutOf<In extends Scope>(
  scope: In,
  { key, control }: { readonly key: string; readonly control: boolean },
  before: string | null,
): IdIn<In> | null {
  const found = (SHORTCUTS as readonly Shortcut[]).find(
    (each) =>
      each.scope === scope &&
      Boolean(each.control) === control &&
      each.keys.at(-1) === key &&
      (each.keys.length === 1 ? before === null : each.keys[0] === before),
  );
  return (found?.id as IdIn<In> | undefined) ?? null;
}

/** Whether a key is the first of two. */
export function isFirst(key: string): boolean {
  return (SHORTCUTS as readonly Shortcut[]).some(({ keys }) => keys.length > 1 && keys[0] === key);
}
