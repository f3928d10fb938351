/** Values of tasks that the page has shown, to be proposed for the search. */

import type { Task } from "../../contract/messages";
import type { Known } from "../../search/completion";

const KEYS = ["name", "queue", "worker", "owner"] as const;

/** Values that are kept of each; the ones met first go. */
const MET_LIMIT = 500;

/** Names, queues, workers and owners. They stay when the list is narrowed to few tasks or none, as it is while one types. */
export class Met {
  private readonly values = new Map(KEYS.map((key) => [key, new Set<string>()]));

  add(tasks: readonly Task[]): void {
    for (const [key, met] of this.values) {
      for (const task of tasks) {
        const value = task[key];
        if (value !== null) met.add(value);
      }
      for (const value of [...met].slice(0, -MET_LIMIT)) met.delete(value);
    }
  }

  get known(): Known {
    const values = [...this.values].map(([key, met]) => [key, [...met].sort()]);
    return { ...Object.fromEntries(values), age: ["<5m", "<1h", "<1d", ">1h", ">1d"] };
  }
}
