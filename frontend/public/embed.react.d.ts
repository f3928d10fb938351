/** Types of `<task-progress>` in the JSX of React 19. Stands beside embed.d.ts. */

import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { TaskProgressAttributes, TaskProgressElement, TaskProgressEvents } from "./embed";

type Listeners = {
  [Name in keyof TaskProgressEvents as `on${Name}`]?: (event: TaskProgressEvents[Name]) => void;
};

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "task-progress": DetailedHTMLProps<HTMLAttributes<TaskProgressElement>, TaskProgressElement> &
        TaskProgressAttributes &
        Listeners;
    }
  }
}
