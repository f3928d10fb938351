/** The states in a search. Pure. */

import { GROUPS, type GroupKey, groupOf } from "../contract/groups";
import { type Query, STATES, type State } from "../contract/messages";
import { terms } from "./terms";

/** The states of a word: that of a group, or the name of a state; null for any other. */
export function statesOf(word: string): readonly State[] | null {
  const group = groupOf(word.toLowerCase());
  if (group) return group.states;
  const state = STATES.find((candidate) => candidate === word.toUpperCase());
  return state ? [state] : null;
}

/** The states that a query takes: the totals of a view leave its choice of states aside. */
export function statesTaken({ state = STATES, not }: Query): readonly State[] {
  return state.filter((each) => !not?.state?.includes(each));
}

/** The group of states that a text asks for; null when it asks for all, undefined when for anything but one group. */
export function groupAsked(text: string): GroupKey | null | undefined {
  const named = terms(text).filter(({ key }) => key === "state");
  if (!named.length) return null;
  const [only] = named;
  const states = only && !only.not && named.length === 1 ? statesOf(only.value) : null;
  return GROUPS.find((group) => states && group.states.join() === states.join())?.key;
}

/** The same text, asking for a group of states instead; for all with null. */
export function withGroup(text: string, group: GroupKey | null): string {
  const rest = terms(text)
    .filter(({ key }) => key !== "state")
    .map(({ from, to }) => text.slice(from, to));
  return [...(group ? [`state:${group}`] : []), ...rest].join(" ");
}
