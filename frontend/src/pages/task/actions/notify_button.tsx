/** The button that asks for a notification. */

import type { Task } from "../../../contract/messages";
import { text } from "../../../text";
import { taskText } from "../../../text/task";
import { askedFor, toggleNotify } from "./notify";

/** Absent when the browser has no notifications. */
export function NotifyButton({ task }: { readonly task: Task }) {
  const state = askedFor(task.id);
  const words = taskText.notify;
  if (state === "absent") return null;
  if (state === "denied") return <span class="soft">{text.notificationsDenied}</span>;
  return (
    <button
      class="button button-plain"
      type="button"
      aria-pressed={state === "yes"}
      title={words.explain}
      onClick={() => void toggleNotify(task.id)}
    >
      {state === "yes" ? words.asked : words.ask}
    </button>
  );
}
