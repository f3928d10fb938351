// What the types refuse, and what they know. Checked, and never run.
import { useRef } from "react";
import type { TaskProgressElement } from "../../public/embed";

export function Typed() {
  const bar = useRef<TaskProgressElement>(null);
  const percent: number | null | undefined = bar.current?.current?.percent;
  return (
    <>
      <task-progress ref={bar} task={null} size="card" theme="dark" className={`at-${percent}`} />
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
