/** Values of tasks that the page has shown, to be proposed for the search. */

import type { Task } from "../../contract/messages";
import type { Known } from "../../search/completion";

const VALUES = {
  name: (task: Task) => task.name,
  label: (task: Task) => task.label,
  queue: (task: Task) => task.queue,
  worker: (task: Task) => task.worker,
  owner: (task: Task) => task.owner,
  release: (task: Task) => task.release,
  error: (task: Task) => task.error?.type ?? null,
} as const;

/** Values that are kept of each; the ones met first go. */
const MET_LIMIT = 500;

/** Names of arguments that are kept, and tasks of a list whose arguments are read: to read them takes time. */
const ARGUMENTS_LIMIT = 100;
const READ_LIMIT = 200;

/** A longer value would be proposed in vain. */
const VALUE_LIMIT = 100;

/** They stay when the list is narrowed to few tasks or none, as it is while one types. */
export class Met {
  readonly #values = new Map<string, Set<string>>(
    Object.keys(VALUES).map((key) => [key, new Set()]),
  );
  readonly #arguments = new Map<string, Set<string>>();

  add(tasks: readonly Task[]): void {
    for (const task of tasks) {
      for (const [key, of] of Object.entries(VALUES)) this.#meet(this.#values, key, of(task));
    }
    for (const task of tasks.slice(0, READ_LIMIT)) {
      for (const [name, value] of Object.entries(argumentsOf(task))) {
        if (!this.#arguments.has(name)) {
          if (this.#arguments.size >= ARGUMENTS_LIMIT || /[\s:"]/.test(name)) continue;
          this.#arguments.set(name, new Set());
        }
        this.#meet(this.#arguments, name, plain(value));
      }
    }
    for (const met of [...this.#values.values(), ...this.#arguments.values()]) {
      for (const value of [...met].slice(0, -MET_LIMIT)) met.delete(value);
    }
  }

  get known(): Known {
    return { ...sorted(this.#values), arguments: sorted(this.#arguments) };
  }

  #meet(values: ReadonlyMap<string, Set<string>>, key: string, value: string | null): void {
    if (value && value.length <= VALUE_LIMIT) values.get(key)?.add(value);
  }
}

function sorted(values: ReadonlyMap<string, ReadonlySet<string>>): Record<string, string[]> {
  return Object.fromEntries([...values].map(([key, met]) => [key, [...met].sort()]));
}

/** The keyword arguments of a task, where they are plain data. */
function argumentsOf({ kwargs }: Task): Readonly<Record<string, unknown>> {
  if (!kwargs?.startsWith("{")) return {};
  try {
    return JSON.parse(kwargs);
  } catch {
    return {}; // shortened, or Python's repr
  }
}

function plain(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? `${value}`
    : null;
}
