/** What came of a task: a picture, a file, JSON, a sentence; or the error. */

import { fileUrl } from "../api";
import { bytes } from "../format";
import type { State, TaskError } from "../protocol";
import { isPicture, type ResultFile, readResult } from "../result";
import { text } from "../text";
import { Copy } from "./copy";
import { Glyph } from "./glyph";

export function ResultView({ result }: { readonly result: string | null }) {
  const read = readResult(result);
  return (
    <section class="block" data-result={read.kind}>
      <div class="block-head">
        <h2>{text.task.result}</h2>
        {read.kind !== "nothing" && read.kind !== "files" && <Copy text={read.text} />}
      </div>
      {read.kind === "nothing" && <p class="soft">{text.task.noResult}</p>}
      {read.kind === "text" && <p class="result-text">{read.text}</p>}
      {read.kind === "json" && (
        <pre class="well" tabIndex={0}>
          {read.text}
        </pre>
      )}
      {read.kind === "files" && (
        <>
          <div class="files">
            {read.files.map((file) => (
              <FileView key={file.id} file={file} />
            ))}
          </div>
          {read.rest && (
            <pre class="well" tabIndex={0}>
              {read.rest}
            </pre>
          )}
        </>
      )}
    </section>
  );
}

function FileView({ file }: { readonly file: ResultFile }) {
  const url = fileUrl(file.id);
  const facts = [
    file.width !== null && file.height !== null ? `${file.width} × ${file.height}` : null,
    file.size === null ? null : bytes(file.size),
  ].filter((fact) => fact !== null);
  return (
    <figure class="file">
      {isPicture(file) && (
        <a href={url} target="_blank" rel="noreferrer">
          <img
            src={url}
            alt={text.task.picture(file.filename)}
            width={file.width ?? undefined}
            height={file.height ?? undefined}
          />
        </a>
      )}
      <figcaption>
        <a href={url} target="_blank" rel="noreferrer">
          {file.filename}
        </a>
        {facts.length > 0 && <span class="soft"> {facts.join(", ")}</span>}
      </figcaption>
    </figure>
  );
}

export function Failure({ error, state }: { readonly error: TaskError; readonly state: State }) {
  return (
    <section class="block failure" data-state={state}>
      <h2>{text.task.error}</h2>
      <p class="failure-message">
        <Glyph state={state} />
        <span tabIndex={0}>
          <b>{error.type}</b> {error.message}
        </span>
      </p>
      {error.traceback && (
        <>
          <div class="block-head">
            <h3>{text.task.traceback}</h3>
            <Copy text={error.traceback} />
          </div>
          <pre class="well" tabIndex={0}>
            {error.traceback}
          </pre>
        </>
      )}
    </section>
  );
}
