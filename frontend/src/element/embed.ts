/** `/embed.js`: defines the elements on the page that loads it. Loaded again it does nothing. */

import { TaskList } from "./task_list";
import { TaskProgress } from "./task_progress";

for (const [name, element] of [
  ["task-progress", TaskProgress],
  ["task-list", TaskList],
] as const) {
  if (!customElements.get(name)) customElements.define(name, element);
}
