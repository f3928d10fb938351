/** Types of `<task-progress>` in the templates of Vue 3. Stands beside embed.d.ts. */

import type { HTMLAttributes } from "vue";
import type { TaskProgressAttributes, TaskProgressElement, TaskProgressEvents } from "./embed";

type Listeners = {
  [Name in keyof TaskProgressEvents as `on${Capitalize<Name>}`]?: (
    event: TaskProgressEvents[Name],
  ) => void;
};

declare module "vue" {
  interface GlobalComponents {
    "task-progress": new () => TaskProgressElement & {
      $props: Omit<HTMLAttributes, keyof Listeners> & TaskProgressAttributes & Listeners;
    };
  }
}
