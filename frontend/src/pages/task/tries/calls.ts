/** What the tries of a task were called with, each as a call in one line. Pure. */

import type { Task } from "../../../contract/messages";
import { exactJson, NONE, WITHHELD } from "../json_text";

type Arguments = Pick<Task, "args" | "kwargs">;

/** The call of each try that differs from that of the one before; of the first where a later one differs. Else null. */
export function callsOf(task: Arguments & Pick<Task, "tries">): readonly (string | null)[] {
  const calls = (task.tries ?? []).map(({ args, kwargs }) =>
    callText({ args: args ?? task.args, kwargs: kwargs ?? task.kwargs }),
  );
  const differ = new Set(calls).size > 1;
  return calls.map((call, index) => (differ && call !== calls[index - 1] ? call : null));
}

/** Whether tries had different arguments, so that those of the last are not those of the message. */
export function hasOtherArguments({ tries = [] }: Pick<Task, "tries">): boolean {
  return tries.some(({ args, kwargs }) => args !== null || kwargs !== null);
}

/** `("/tmp/a.png", size=4000)`. Text that is no whole JSON stands as it is, behind the stars of Python. */
export function callText({ args, kwargs }: Arguments): string {
  return `(${[...positional(args), ...named(kwargs)].join(", ")})`;
}

function positional(args: string | null): string[] {
  if (args === null || NONE.has(args)) return [];
  if (args === WITHHELD) return [WITHHELD];
  const values = exactJson(args);
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)) : [`*${args}`];
}

function named(kwargs: string | null): string[] {
  if (kwargs === null || NONE.has(kwargs)) return [];
  const fields = exactJson(kwargs);
  if (typeof fields !== "object" || fields === null) return [`**${kwargs}`];
  return Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
}
