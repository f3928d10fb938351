/** Types of `<task-progress>` and `<task-list>` in the templates of Vue 3. Stands beside embed.d.ts. */

import type { HTMLAttributes } from "vue";
import type {
  TaskListAttributes,
  TaskListElement,
  TaskProgressAttributes,
  TaskProgressElement,
  TaskProgressEvents,
} from "./embed";

type Listeners = {
  [Name in keyof TaskProgressEvents as `on${Capitalize<Name>}`]?: (
    event: TaskProgressEvents[Name],
  ) => void;
};

type Tag<Kind, Attributes> = new () => Kind & {
  $props: Omit<HTMLAttributes, keyof Listeners> & Attributes & Listeners;
};

declare module "vue" {
  interface GlobalComponents {
    "task-progress": Tag<TaskProgressElement, TaskProgressAttributes>;
    "task-list": Tag<TaskListElement, TaskListAttributes>;
  }
}
