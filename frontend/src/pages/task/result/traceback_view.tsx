/** A traceback: frames of the application stand out, those of packages are folded. */

import { taskText } from "../../../text/task";
import { Copy } from "../../../ui/copy/button";
import { packages, readTraceback, type StackFrame, shortFile } from "./traceback";

export function Traceback({ traceback }: { readonly traceback: string }) {
  const parts = readTraceback(traceback);
  const anyOwn = parts.some((part) => part.kind === "frames" && part.own);
  const words = taskText;
  return (
    <details class="block traceback" open>
      <summary>
        <h2>{words.traceback}</h2>
      </summary>
      <div class="traceback-copy">
        <Copy text={traceback} />
      </div>
      <div class="well trace" tabIndex={0}>
        {parts.map((part, i) => {
          const key = `${part.kind}${i}`;
          if (part.kind === "text") return <pre key={key}>{part.text}</pre>;
          if (part.own || !anyOwn) return <Frames key={key} frames={part.frames} own={part.own} />;
          return (
            <details key={key} class="trace-folded">
              <summary>{words.folded(part.frames.length, packages(part.frames))}</summary>
              <Frames frames={part.frames} own={false} />
            </details>
          );
        })}
      </div>
    </details>
  );
}

function Frames({
  frames,
  own,
}: {
  readonly frames: readonly StackFrame[];
  readonly own: boolean;
}) {
  return (
    <ol class="trace-frames" data-own={own || undefined}>
      {frames.map((frame, i) => (
        <li key={i} class="trace-frame">
          <span class="trace-place" title={frame.file}>
            <b>{frame.name}</b> <span class="soft">{`${shortFile(frame.file)}:${frame.line}`}</span>
          </span>
          {frame.code && <pre>{frame.code}</pre>}
        </li>
      ))}
    </ol>
  );
}
