/** Which tasks belong together and in which order they stand. Pure. */

import { RUNNING, type State, type Task, type Totals, WAITING } from "./generated";

/** States that a person would name with one word. */
export interface Group {
  readonly key: GroupKey;
  readonly states: readonly State[];
}

export type GroupKey = "waiting" | "running" | "retrying" | "failed" | "lost" | "revoked" | "done";

export const GROUPS: readonly Group[] = [
  { key: "waiting", states: WAITING },
  { key: "running", states: RUNNING },
  { key: "retrying", states: ["RETRY"] },
  { key: "failed", states: ["FAILURE"] },
  { key: "lost", states: ["LOST"] },
  { key: "revoked", states: ["REVOKED"] },
  { key: "done", states: ["SUCCESS"] },
];

export function groupOf(key: string | null): Group | null {
  return GROUPS.find((group) => group.key === key) ?? null;
}

/** The group of a state: every state has one. */
export function groupOfState(state: State): GroupKey {
  return (GROUPS.find(({ states }) => states.includes(state)) as Group).key;
}

/** How many tasks a group has; all of them without a group. */
export function count(totals: Totals, group: Group | null): number {
  const states = group ? group.states : (Object.keys(totals) as State[]);
  return states.reduce((sum, state) => sum + (totals[state] ?? 0), 0);
}

/** The order of a list: the task that was heard of last comes first. */
export function newestFirst(a: Task, b: Task): number {
  return b.first_offset - a.first_offset || (a.id < b.id ? -1 : 1);
}
