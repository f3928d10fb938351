/** Types of `<task-progress>` and `<task-list>` in the JSX of React 19. Stands beside embed.d.ts. */

import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type {
  TaskListAttributes,
  TaskListElement,
  TaskProgressAttributes,
  TaskProgressElement,
  TaskProgressEvents,
} from "./embed";

type Listeners = {
  [Name in keyof TaskProgressEvents as `on${Name}`]?: (event: TaskProgressEvents[Name]) => void;
};

type Tag<Kind, Attributes> = DetailedHTMLProps<HTMLAttributes<Kind>, Kind> & Attributes & Listeners;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "task-progress": Tag<TaskProgressElement, TaskProgressAttributes>;
      "task-list": Tag<TaskListElement, TaskListAttributes>;
    }
  }
}
