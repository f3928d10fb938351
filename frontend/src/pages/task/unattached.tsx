/** What is not known of a task because its app is not attached, and which line would tell. */

import { unknowns } from "../../contract/known_by";
import type { Task } from "../../contract/messages";
import { taskText } from "../../text/task";

export function Unattached({ task }: { readonly task: Task }) {
  const missing = unknowns(task);
  if (!missing.length) return null;
  const { observed } = taskText;
  return (
    <section class="block" data-unattached>
      <h2>{observed.title}</h2>
      <p class="soft">
        {observed.by(task.known_by.map((teller) => observed.teller[teller] ?? teller))}
      </p>
      <ul class="soft">
        {missing.map((what) => (
          <li key={what}>{observed.unknown[what]}</li>
        ))}
      </ul>
      <p class="soft">
        {observed.cure} <code>phloem.attach(app)</code>
      </p>
    </section>
  );
}
