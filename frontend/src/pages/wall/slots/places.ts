/** Which task is in which slot: each keeps its slot until it ends. */

interface Named {
  readonly name: string;
  readonly online: boolean;
}

/** One worker of each name: for a while, one that was killed and started again is listed as both. */
export function oneOfEach<Worker extends Named>(workers: readonly Worker[]): readonly Worker[] {
  const found = new Map<string, Worker>();
  for (const worker of workers) {
    if (!found.get(worker.name)?.online) found.set(worker.name, worker);
  }
  return [...found.values()];
}

export class Places {
  readonly #slots = new Map<string, readonly (string | null)[]>();

  /** The slots of a worker after a change: what ended leaves a gap, and what began fills the first one. */
  take(worker: string, running: readonly string[], count: number): readonly (string | null)[] {
    const before = this.#slots.get(worker) ?? [];
    const runs = new Set(running);
    const after = before.map((id) => (id !== null && runs.delete(id) ? id : null));
    for (const id of runs) {
      const gap = after.indexOf(null);
      if (gap < 0) after.push(id);
      else after[gap] = id;
    }
    while (after.length < count) after.push(null);
    while (after.length > count && after.at(-1) === null) after.pop();
    const same = after.length === before.length && after.every((id, place) => id === before[place]);
    if (!same) this.#slots.set(worker, after);
    return same ? before : after;
  }

  /** Forgets the workers that are not among these. */
  keep(workers: readonly string[]): void {
    for (const known of this.#slots.keys()) {
      if (!workers.includes(known)) this.#slots.delete(known);
    }
  }
}
