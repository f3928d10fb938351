/** `/embed.js`: defines `<task-progress>` on the page that loads it. Loaded again it does nothing. */

import { TaskProgress } from "./task_progress";

if (!customElements.get("task-progress")) customElements.define("task-progress", TaskProgress);
