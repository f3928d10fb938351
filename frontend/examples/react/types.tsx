// What the types refuse, and what they know. Checked, and never run.
import { useRef } from "react";
import type { TaskListElement, TaskProgressElement } from "../../public/embed";

export function Typed() {
  const bar = useRef<TaskProgressElement>(null);
  const percent: number | null | undefined = bar.current?.current?.percent;
  const list = useRef<TaskListElement>(null);
  return (
    <>
      <task-progress ref={bar} task={null} size="card" theme="dark" className={`at-${percent}`} />
      <task-progress root="1" total={7} words={{ failures: { one: "{count} bad", other: "no" } }} />
      <task-list
        ref={list}
        owner="ann"
        limit={5}
        onsuccess={({ detail }) => detail.label?.trim()}
      />
      {/* @ts-expect-error: there is no such word. */}
      <task-list words={{ done: "Done" }} />
      <task-progress onprogress={(event) => event.detail.percent?.toFixed()} />
      {/* @ts-expect-error: there is no such size. */}
      <task-progress size="huge" />
      {/* @ts-expect-error: an id is text. */}
      <task-progress task={42} />
      {/* @ts-expect-error: a task has no such field under that type. */}
      <task-progress onsuccess={({ detail }) => detail.percent.length} />
      {/* @ts-expect-error: there is no such attribute. */}
      <task-progress tasks="1" />
    </>
  );
}
