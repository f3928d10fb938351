/**
 * `<task-list token="…">`: the tasks that the token is for, the newest first, on a page of another site. New ones come
 * in by themselves.
 *
 * Attributes, each a property as well, beside server, token, renew, size ("row" or "card"), theme and words, which are
 * those of `<task-progress>`:
 *   owner   tasks of this owner alone
 *   root    tasks of the workflow that this task began
 *   group   tasks of this group
 *   limit   how many are shown at most: 10, unless it says up to 200
 *   label   what the list is called
 *
 * Events, whose `detail` is a task: progress, success and failure, of what happens while the list is there.
 * Slots: empty, expired. Parts: list, item, empty, link, and those of a bar.
 */

import { ROWS_LIMIT } from "../contract/generated";
import type { Task } from "../contract/messages";
import { isEnded, isRunning } from "../contract/progress";
import type { Seen } from "./connection/feed";
import { LiveElement, reflect, SHARED } from "./live_element";
import { linkLook, look, refusalText } from "./look";
import { build, draw, fillable, type Parts, part, writeSlot } from "./parts";

const ATTRIBUTES = ["owner", "root", "group", "limit", ...SHARED] as const;

/** How many are shown unless the page says otherwise. */
const USUAL_LIMIT = 10;

/** One task of the list. */
interface Row {
  readonly item: HTMLElement;
  readonly parts: Parts;
}

export class TaskList extends LiveElement {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  /** The tasks as last shown, the newest first. */
  tasks: readonly Task[] = [];

  readonly #list = part("ul", "list");
  readonly #empty = part("div", "empty");
  readonly #link = part("div", "link");
  readonly #rows = new Map<string, Row>();
  #seen: Seen | null = null;
  #problem = "";
  /** Of what the list is, and whether it was told: from then on what it is told happens while it is there. */
  #subject = "";
  #told = false;

  constructor() {
    super();
    this.#list.setAttribute("role", "list"); // Some browsers take it from a list without bullets.
    for (const place of [this.#empty, this.#link]) {
      place.setAttribute("role", "status");
      fillable(place, true);
    }
    this.shadowRoot?.append(this.#list, this.#empty, this.#link);
  }

  protected start(): null {
    const [owner, root, group] = ["owner", "root", "group"].map((name) => this.getAttribute(name));
    const count = Math.floor(Number(this.getAttribute("limit")));
    const limit = count >= 1 ? Math.min(count, ROWS_LIMIT) : USUAL_LIMIT;
    const asked = {
      ...(owner && { owner }),
      ...(root && { root_id: root }),
      ...(group && { group_id: group }),
    };
    const subject = JSON.stringify(asked);
    if (subject !== this.#subject) {
      this.#told = false;
      this.tasks = [];
    }
    this.#subject = subject;
    this.#problem = "";
    this.watch({ view: { ...asked, limit } }, (seen) => this.#show(seen));
    return null;
  }

  protected drawProblem(sentence: string): void {
    this.#problem = sentence;
    this.redraw();
  }

  protected redraw(): void {
    const { speech } = this;
    const seen = this.#seen;
    this.#list.setAttribute("aria-label", this.getAttribute("label") || speech.say("tasks"));
    if (!seen || this.#problem) {
      this.#list.hidden = true;
      writeSlot(this.#empty, this.#problem, "none");
      return;
    }
    const { link, linkSlot, old } = linkLook(seen, speech);
    this.#drawRows(seen);
    const isEmpty = this.tasks.length === 0;
    this.#list.hidden = isEmpty;
    const waits = !seen.answered && refusalText(seen, speech) === "";
    const words = isEmpty ? (waits ? speech.say("connecting") : link || speech.say("empty")) : "";
    writeSlot(this.#empty, words, waits ? "none" : old ? linkSlot : "empty");
    writeSlot(this.#link, isEmpty ? "" : link, linkSlot);
  }

  #drawRows(seen: Seen): void {
    // What keeps a row from being current is told once, beneath the list.
    const { old } = linkLook(seen, this.speech);
    for (const [id, { item }] of this.#rows) {
      if (this.tasks.some((task) => task.id === id)) continue;
      item.remove();
      this.#rows.delete(id);
    }
    this.tasks.forEach((task, place) => {
      const row = this.#rows.get(task.id) ?? this.#add(task.id);
      const { item, parts } = row;
      if (this.#list.children[place] !== item) {
        this.#list.insertBefore(item, this.#list.children[place] ?? null);
      }
      draw(parts, { ...look(seen, "", this.speech, task), link: "", old }, this.speech);
    });
  }

  #add(id: string): Row {
    const item = part("li", "item");
    const parts = build(false);
    item.append(parts.box);
    const row = { item, parts };
    this.#rows.set(id, row);
    return row;
  }

  #show(seen: Seen): void {
    const before = new Map(this.tasks.map((task) => [task.id, task]));
    const newest = Math.max(0, ...this.tasks.map((task) => task.first_offset));
    // With another token, the rows stay until they are told again.
    if (seen.answered) this.tasks = seen.tasks;
    this.#seen = seen;
    this.redraw();
    if (!seen.answered) return;
    for (const task of this.#told ? seen.tasks : []) {
      const last = before.get(task.id);
      // An older one that takes the place of one that left is no news.
      if (last === task || (!last && task.first_offset <= newest)) continue;
      if (isRunning(task.state)) this.emit("progress", task);
      else if (isEnded(task.state) && !(last?.run === task.run && last.state === task.state)) {
        this.emit(task.state === "SUCCESS" ? "success" : "failure", task);
      }
    }
    this.#told = true;
  }
}

reflect(TaskList, ATTRIBUTES);
