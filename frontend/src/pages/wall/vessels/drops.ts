/** The drops: each is a task that starts, on its way from the vessel of its queue to the slot that runs it. */

import { effect } from "@preact/signals-core";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Queue } from "../../../contract/boards";
import { clockTick, present } from "../../../live/hooks";
import type { Store } from "../../../live/store";
import { begun, Seen } from "./passing";

/** Drops in flight at most. More can neither be told apart nor drawn for nothing. */
const DROPS = 32;

/** Of what starts at the same moment, as after an interruption, no more pass. */
const AT_ONCE = 12;

/** A task that started longer ago was not seen to start: the wall was away. */
const LATELY_SECONDS = 5;

const [PASS_MS, SPREAD_MS] = [1_500, 900] as const;

/** Where in its vessel a drop begins, from the left, 0 to 1. */
const BEGINS = 0.3;

class Drops {
  readonly #layer: HTMLElement;
  readonly #drops: HTMLElement[] = [];
  #next = 0;

  constructor(layer: HTMLElement) {
    this.#layer = layer;
  }

  /** Lets a drop pass out of a vessel: to the slot, or where that is not known, to where the vessels end. */
  pass(queue: string, task: string | null): void {
    const wall = this.#layer.closest(".wall");
    const tube = wall?.querySelector(`[data-queue="${CSS.escape(queue)}"] .vessel-tube`);
    if (!wall || !tube) return;
    const slot = task && wall.querySelector(`[data-task="${CSS.escape(task)}"] .bar`);
    const origin = this.#layer.getBoundingClientRect();
    const from = tube.getBoundingClientRect();
    const to = slot ? slot.getBoundingClientRect() : null;
    const at = (x: number, y: number) => `translate(${x - origin.x}px, ${y - origin.y}px)`;
    const middle = from.y + from.height / 2;
    const begin = at(from.x + from.width * BEGINS, middle);
    const mouth = at(from.right, middle);
    const end = to ? at(to.x, to.y + to.height / 2) : at(from.right + from.height / 3, middle);
    this.#drop().animate(
      [
        { transform: `${begin} scale(0.4)`, opacity: 0, easing: "ease-in" },
        { transform: `${begin} scale(1)`, opacity: 1, offset: 0.1, easing: "ease-in" },
        { transform: `${mouth} scale(1.3, 0.7)`, opacity: 1, offset: 0.6, easing: "ease-out" },
        { transform: `${end} scale(0.8)`, opacity: to ? 0.9 : 0, offset: 0.96 },
        { transform: `${end} scale(0.2)`, opacity: 0 },
      ],
      { duration: PASS_MS, delay: task ? 0 : Math.random() * SPREAD_MS, fill: "backwards" },
    );
  }

  /** The one that has been in flight the longest, once there are so many. */
  #drop(): HTMLElement {
    const place = this.#next % DROPS;
    this.#next = place + 1;
    const known = this.#drops[place];
    if (known) {
      for (const animation of known.getAnimations()) animation.cancel();
      return known;
    }
    const made = document.createElement("i");
    this.#drops[place] = this.#layer.appendChild(made);
    return made;
  }
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

function moves(): boolean {
  return !still.matches && document.visibilityState === "visible" && present.peek();
}

/** Lets a drop pass for each task that starts. */
export function usePassing(
  layer: RefObject<HTMLElement | null>,
  queues: readonly Queue[],
  runs: Store,
): void {
  const latest = useRef(queues);
  latest.current = queues;
  useEffect(() => {
    if (!layer.current) return;
    const drops = new Drops(layer.current);
    const seen = new Map<string, Seen>();
    const known = new Set<string>();
    let first = true;
    const of = (queue: string): Seen => {
      const found = seen.get(queue) ?? new Seen();
      seen.set(queue, found);
      return found;
    };
    const started = (ids: readonly string[]) => {
      const now = clockTick.peek();
      const fresh = begun(known, ids)
        .map((id) => runs.task(id)?.peek())
        .filter((task) => task?.queue && now - (task.started_at ?? 0) < LATELY_SECONDS);
      for (const task of fresh) of(task?.queue ?? "").add(Math.floor(now));
      if (first || !moves()) return;
      // The slots are drawn by then.
      requestAnimationFrame(() => {
        for (const task of fresh.slice(0, AT_ONCE)) drops.pass(task?.queue ?? "", task?.id ?? null);
      });
    };
    const ends = [
      effect(() => {
        if (!runs.answered.value) return;
        started(runs.ids.value);
        first = false;
      }),
      clockTick.subscribe((now) => {
        const names = new Set(latest.current.map(({ name }) => name));
        for (const name of seen.keys()) if (!names.has(name)) seen.delete(name);
        for (const { name, left } of latest.current) {
          const missing = of(name).missing(Math.floor(now), left);
          if (moves()) for (let each = 0; each < missing; each++) drops.pass(name, null);
        }
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [layer, runs]);
}
