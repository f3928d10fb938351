/** A link to the list of all tasks that have a value in common. */

import type { ComponentChildren } from "preact";
import { listOf } from "../../browser/router";

interface Props {
  readonly of: Parameters<typeof listOf>[0];
  /** Null where it is not known: then there is nothing to lead to. */
  readonly value: string | null;
  readonly children: ComponentChildren;
}

export function ListLink({ of, value, children }: Props) {
  return value === null ? <span>{children}</span> : <a href={listOf(of, value)}>{children}</a>;
}
