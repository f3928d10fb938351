/** `/embed.js`: makes `<task-progress>` known to the page that loads it. Loaded twice it does nothing. */

import { TaskProgress } from "./task_progress";

if (!customElements.get("task-progress")) customElements.define("task-progress", TaskProgress);
