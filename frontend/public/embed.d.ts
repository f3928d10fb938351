/** Types of `<task-progress>`, for pages written in TypeScript, with or without React and Vue. */

export type State =
  | "PENDING"
  | "RECEIVED"
  | "STARTED"
  | "PROGRESS"
  | "RETRY"
  | "SUCCESS"
  | "FAILURE"
  | "REVOKED"
  | "LOST";

/** A task as Phloem's contract describes it; the fields that a page is likely to need. */
export interface Task {
  readonly id: string;
  readonly name: string | null;
  readonly state: State;
  /** 0 to 100, as last reported. */
  readonly percent: number | null;
  readonly message: string | null;
  /** Text: JSON where the value is plain data. */
  readonly result: string | null;
  readonly error: {
    readonly type: string;
    readonly message: string;
    readonly traceback: string | null;
  } | null;
  /** Unix seconds. */
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly [field: string]: unknown;
}

export interface TaskProgressAttributes {
  /** The task's id. */
  task?: string | null;
  /** Where Phloem is; where the script came from unless said otherwise. */
  server?: string | null;
  token?: string | null;
  size?: "line" | "row" | "card" | null;
  label?: string | null;
  theme?: "light" | "dark" | null;
}

export interface TaskProgressEvents {
  /** It moved, or says something else. */
  progress: CustomEvent<Task>;
  success: CustomEvent<Task>;
  /** It failed, was revoked, or its worker vanished: `detail.state` tells. */
  failure: CustomEvent<Task>;
}

export interface TaskProgressElement extends HTMLElement, Required<TaskProgressAttributes> {
  /** The task as last shown; null while nothing is known of it. */
  readonly current: Task | null;
  addEventListener<Name extends keyof TaskProgressEvents>(
    type: Name,
    listener: (event: TaskProgressEvents[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "task-progress": TaskProgressElement;
  }
}
