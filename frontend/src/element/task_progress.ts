/**
 * `<task-progress task="ID" server="https://…" token="…">`: the bar of one task, or of a workflow or a group, on a page
 * of another site.
 *
 * Attributes, each a property as well:
 *   task    the id of the task
 *   root    in its place: the id of the task that began a workflow, whose tasks it counts
 *   group   in its place: the id of a group
 *   total   how many tasks a workflow or a group has, where the page knows that; by default those that are known
 *   server  the address of Phloem; by default where this script came from
 *   token   sent to the server when connecting
 *   renew   the address of the page's own server that gives the next token before this one expires; as a property, a
 *           function that does
 *   size    "line", "row" (the default) or "card"
 *   label   the name that is shown; by default that of the task
 *   theme   "light" or "dark"; by default that of the page (its `color-scheme`)
 *   words   JSON of words in place of ours; as a property, an object
 *
 * Events, whose `detail` is the task as in the contract, or of several tasks what is known of all:
 *   progress  its progress or message changed
 *   success   it succeeded; also when it had before the bar was there
 *   failure   it failed, was revoked, or its worker vanished
 *
 * Slots take the place of the message: waiting, running, retrying, succeeded, failed, stopped, lost, expired.
 * Parts: box, glyph, name, track, fill, percent, pace, message, steps, step-track, step-fill, link.
 * Custom properties: --task-progress-color, -track, -height, -radius, -font.
 */

import type { Task } from "../contract/messages";
import { isEnded, isRunning } from "../contract/progress";
import { shortName } from "../text/format";
import type { Seen } from "./connection/feed";
import { LiveElement, reflect, SHARED } from "./live_element";
import { type Look, look } from "./look";
import { lookOfMembers, type Members, TOLD, type Workflow, workflow } from "./members";
import { build, draw, type Parts } from "./parts";

const ATTRIBUTES = ["task", "root", "group", "total", ...SHARED] as const;

/** Of how many tasks of a workflow the progress of each counts, of those that run. */
const TOLD_LIMIT = 100;

export class TaskProgress extends LiveElement {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  /** The task as last shown; null while it is unknown, and for several tasks. */
  current: Task | null = null;

  readonly #parts: Parts;
  #seen: Seen | null = null;
  #problem: string | null = null;
  /** What is known of several tasks together; null for one. */
  #whole: Workflow | null = null;
  /** What the first task of a workflow is called. */
  #title = "";

  constructor() {
    super();
    this.#parts = build(true);
    this.shadowRoot?.append(this.#parts.box);
  }

  /** How many tasks of a workflow or a group are how far; null for one task, and while none is known. */
  get members(): Members | null {
    return this.#whole?.members ?? null;
  }

  protected start(): string | null {
    const [task, root, group] = ["task", "root", "group"].map((name) => this.getAttribute(name));
    const many = root || group;
    this.#seen = null;
    this.#problem = null;
    if (this.current && this.current.id !== task) this.current = null;
    if (this.#whole && this.#whole.id !== many) {
      this.#whole = null;
      this.#title = "";
    }
    if (task) {
      this.watch({ task }, (seen) => this.#show(seen));
    } else if (many) {
      const members = root ? { root_id: root } : { group_id: many };
      this.watch({ view: { ...members, state: TOLD, limit: TOLD_LIMIT } }, (seen) =>
        this.#showMany(many, seen),
      );
      // Who may see the workflow may see its first task: the bar has its name.
      if (root) this.watch({ task: root }, ({ tasks }) => this.#entitle(tasks[0]));
    } else return "No task was named";
    return null;
  }

  protected drawProblem(sentence: string): void {
    this.#problem = sentence;
    this.redraw();
  }

  protected redraw(): void {
    const shown = this.#look();
    if (shown) draw(this.#parts, shown, this.speech);
  }

  #look(): Look | null {
    const label = this.getAttribute("label") ?? "";
    const { speech } = this;
    const seen = this.#seen;
    if (this.#problem !== null) return problem(label || speech.say("label"), this.#problem);
    if (!seen) return null;
    if (!this.hasAttribute("task")) {
      return lookOfMembers(seen, this.#whole, label || this.#title, speech);
    }
    // With another token, what the bar shows stays until the task is told again.
    const task = seen.tasks[0] ?? (seen.answered ? null : this.current);
    return look(seen, label, speech, task);
  }

  #show(seen: Seen): void {
    this.#seen = seen;
    this.redraw();
    const before = this.current;
    const task = seen.tasks[0] ?? (seen.answered ? null : before);
    this.current = task;
    if (!task || task === before) return;
    const again = before?.run === task.run;
    if (isRunning(task.state)) this.emit("progress", task);
    else if (isEnded(task.state) && !(again && before?.state === task.state)) {
      this.emit(task.state === "SUCCESS" ? "success" : "failure", task);
    }
  }

  #showMany(id: string, seen: Seen): void {
    this.#seen = seen;
    const before = this.#whole;
    const found = seen.answered
      ? workflow(id, seen, Number(this.getAttribute("total")) || 0)
      : null;
    // Members that come later make the whole larger: the bar waits for the work to catch up.
    const least = Math.min(before?.percent ?? 0, 99);
    if (found) this.#whole = { ...found, percent: Math.max(found.percent, least) };
    else if (seen.answered) this.#whole = null;
    this.redraw();
    const whole = this.#whole;
    if (!whole || JSON.stringify(whole) === JSON.stringify(before)) return;
    if (isRunning(whole.state)) this.emit("progress", whole);
    else if (isEnded(whole.state) && before?.state !== whole.state) {
      this.emit(whole.state === "SUCCESS" ? "success" : "failure", whole);
    }
  }

  #entitle(task: Task | undefined): void {
    if (!task) return;
    this.#title = task.label || shortName(task.name ?? "");
    this.redraw();
  }
}

/** What is drawn where a page is at fault. */
function problem(name: string, message: string): Look {
  return {
    state: null,
    name,
    percent: null,
    percentText: "",
    pace: "",
    message,
    slot: "none",
    steps: [],
    link: "",
    linkSlot: "none",
    old: false,
  };
}

reflect(TaskProgress, ATTRIBUTES);
