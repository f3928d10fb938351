import { useState } from "react";

export function Job({ id }: { id: string }) {
  const [end, setEnd] = useState("");
  return (
    <>
      <task-progress
        task={id}
        label="Your export"
        onsuccess={({ detail }) => setEnd(`It is done: ${detail.result}`)}
        onfailure={({ detail }) => setEnd(`It came to nothing: ${detail.error?.message}`)}
      />
      <p id="end">{end}</p>
    </>
  );
}
