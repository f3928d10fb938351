/** The result of a task: pictures, files, JSON or text; or its error. */

import { fileUrl } from "../../../api/uploads";
import type { State, TaskError } from "../../../contract/messages";
import { bytes } from "../../../text/format";
import { taskText } from "../../../text/task";
import { Copy } from "../../../ui/copy/button";
import { Glyph } from "../../../ui/glyph";
import { ListLink } from "../../../ui/links/list_link";
import { treeOf } from "../json_text";
import { Tree } from "./json_tree";
import { isPdf, isPicture, type ResultFile, readResult } from "./result";

export function ResultView({ result }: { readonly result: string | null }) {
  const read = readResult(result);
  return (
    <section class="block" data-result={read.kind}>
      <div class="block-head">
        <h2>{taskText.result}</h2>
        {read.kind !== "nothing" && read.kind !== "files" && <Copy text={read.text} />}
      </div>
      {read.kind === "nothing" && <p class="soft">{taskText.noResult}</p>}
      {read.kind === "text" && <p class="result-text">{read.text}</p>}
      {read.kind === "link" && (
        <p class="result-text">
          <a href={read.text} target="_blank" rel="noreferrer">
            {read.text}
          </a>
        </p>
      )}
      {read.kind === "json" && <Json json={read.text} />}
      {read.kind === "files" && (
        <>
          <div class="files">
            {read.files.map((file) => (
              <FileView key={file.id} file={file} />
            ))}
          </div>
          {read.rest && <Json json={read.rest} />}
        </>
      )}
    </section>
  );
}

function Json({ json }: { readonly json: string }) {
  const tree = treeOf(json);
  if (tree) return <Tree value={tree} />;
  return (
    <pre class="well" tabIndex={0}>
      {json}
    </pre>
  );
}

function FileView({ file }: { readonly file: ResultFile }) {
  const url = fileUrl(file.id);
  const facts = [
    file.width !== null && file.height !== null ? `${file.width} × ${file.height}` : null,
    file.size === null ? null : bytes(file.size),
    isPdf(file) ? taskText.opens : null,
  ].filter((fact) => fact !== null);
  return (
    <figure class="file">
      {isPicture(file) && (
        <a href={url} target="_blank" rel="noreferrer">
          <img
            src={url}
            alt={taskText.picture(file.filename)}
            width={file.width ?? undefined}
            height={file.height ?? undefined}
          />
        </a>
      )}
      {isPdf(file) && (
        // In a tab of its own: the content security policy allows no embedded documents.
        <a
          class="file-document"
          href={url}
          target="_blank"
          rel="noreferrer"
          aria-label={taskText.document(file.filename)}
        >
          <DocumentGlyph />
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

/** A page with a folded corner. */
function DocumentGlyph() {
  return (
    <svg viewBox="0 0 48 60" aria-hidden="true">
      <path class="document-line" d="M2 2H32L46 16V58H2ZM32 2V16H46" />
      <path class="document-line" d="M11 28H37M11 36H37M11 44H29" />
    </svg>
  );
}

/** Celery's own "Retry in 1s" begins with its type. */
function withoutType({ type, message }: TaskError): string {
  return message.startsWith(`${type} `) ? message.slice(type.length + 1) : message;
}

export function Failure({ error, state }: { readonly error: TaskError; readonly state: State }) {
  return (
    <section class="block failure" data-state={state}>
      <div class="block-head">
        <h2>{taskText.error}</h2>
        <Copy text={`${error.type}: ${error.message}`} />
      </div>
      <p class="failure-message">
        <Glyph state={state} />
        <span tabIndex={0}>
          <ListLink of="error" value={error.type}>
            {error.type}
          </ListLink>{" "}
          {withoutType(error)}
        </span>
      </p>
    </section>
  );
}
