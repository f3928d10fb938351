/** System notifications when a task has ended, for tasks the user chose in this tab. */

import { computed, effect, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Task } from "../../../contract/messages";
import { isEnded } from "../../../contract/progress";
import { clockTick, follow } from "../../../live/hooks";
import { beginning } from "../../../search/characters";
import { called } from "../../../text/format";
import { says, stateWord } from "../../../text/states";
import { taskText } from "../../../text/task";

/** Whether the user asked for it. "denied": the browser blocks notifications; "absent": it has none, as on pages that are neither HTTPS nor loopback. */
export type Asked = "no" | "yes" | "denied" | "absent";

const asked = signal<ReadonlySet<string>>(new Set());
const refused = signal(false);
const stops = new Map<string, () => void>();

/** Looked up once a second and not with each report of a task: the browser asks another process for it. */
const denied = computed(() => {
  clockTick.value;
  return Notification.permission === "denied";
});

export function askedFor(id: string): Asked {
  if (typeof Notification === "undefined") return "absent";
  if (asked.value.has(id)) return "yes";
  return refused.value || denied.value ? "denied" : "no";
}

/** Asks for a notification, or cancels it. The task is followed whichever page is shown. */
export async function toggleNotify(id: string): Promise<void> {
  if (asked.peek().has(id)) return forget(id);
  refused.value = (await Notification.requestPermission()) !== "granted";
  if (refused.peek()) return;
  asked.value = new Set([...asked.peek(), id]);
  const { task, close } = follow(id);
  const stop = whenEnded(task, (ended) => {
    forget(id);
    tell(ended);
  });
  stops.set(id, () => {
    stop();
    close();
  });
}

function forget(id: string): void {
  asked.value = new Set([...asked.peek()].filter((other) => other !== id));
  const stop = stops.get(id);
  stops.delete(id);
  // An effect cannot be disposed of from within.
  if (stop) queueMicrotask(stop);
}

function whenEnded(task: ReadonlySignal<Task | undefined>, then: (task: Task) => void): () => void {
  let told = false;
  return effect(() => {
    const now = task.value;
    if (!now || told || !isEnded(now.state)) return;
    told = true;
    queueMicrotask(() => then(now));
  });
}

function tell(task: Task): void {
  const title = taskText.notify.title(called(task), stateWord(task.state));
  const notification = new Notification(title, { body: beginning(says(task), 200), tag: task.id });
  notification.onclick = () => {
    window.focus();
    notification.close();
  };
}
