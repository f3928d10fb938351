/** A job's form, made from its schema. What is invalid is said beside the field. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Job, session, submit, upload } from "../../api/calls";
import { href } from "../../browser/router";
import { text } from "../../text";
import { shortName } from "../../text/format";
import { paragraphs } from "../../text/launch";
import { Bar } from "../../ui/bar";
import { useOnce } from "../../ui/once";
import { ProblemView, problemOf, useProblem } from "../../ui/problem";
import { FieldView } from "./field";
import { addLaunched } from "./launched";
import { type Field, fields, filesFault, type Raw, read } from "./schema";

/** What is typed in, and the files that are chosen, by field name. */
interface Draft {
  readonly raw: Readonly<Record<string, Raw>>;
  readonly files: Readonly<Record<string, readonly File[]>>;
}

type Errors = Readonly<Record<string, string>>;

interface Uploading {
  readonly filename: string;
  readonly percent: number;
}

interface Props {
  readonly job: Job;
  /** Whether somebody chose it, rather than it being the first. */
  readonly chosen: boolean;
}

export function JobForm({ job, chosen }: Props) {
  const [form] = useState(() => fields(job.schema));
  const [draft, setDraft] = useState<Draft>(() => ({
    raw: Object.fromEntries(form.map((field) => [field.name, field.initial])),
    files: {},
  }));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [uploading, setUploading] = useState<Uploading | null>(null);
  const [launched, setLaunched] = useState<string | null>(null);
  const [problem, setProblem] = useProblem();
  const limit = useOnce(session).value?.files.max_upload ?? null;
  const element = useRef<HTMLFormElement>(null);

  // Beside a long list, or below it on a narrow screen, the form begins out of sight.
  useEffect(() => {
    const top = element.current?.getBoundingClientRect().top ?? 0;
    if (chosen && (top < 0 || top > innerHeight / 2)) element.current?.scrollIntoView();
  }, [chosen]);

  const { kwargs, errors } = readAll(form, draft, limit);
  // Nothing is called wrong before it was meant to be right: a file is when it was chosen.
  const shown = (name: string) => (tried || draft.files[name] ? (errors[name] ?? null) : null);

  const launch = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setTried(true);
    setProblem(null);
    const [wrong] = Object.keys(errors);
    if (wrong) {
      element.current?.querySelector<HTMLElement>(`[name="${CSS.escape(wrong)}"]`)?.focus();
      return;
    }
    setBusy(true);
    setLaunched(null);
    try {
      const uploaded = await uploadAll(form, draft.files, setUploading);
      const { id } = await submit(job.name, { ...kwargs, ...uploaded });
      addLaunched(id);
      setLaunched(id);
      setTried(false);
    } catch (reason) {
      setProblem(problemOf(reason));
    } finally {
      setBusy(false);
      setUploading(null);
    }
  };

  return (
    <form ref={element} class="form" noValidate onSubmit={launch} data-form={job.name}>
      {paragraphs(job.doc).map((paragraph) => (
        <p key={paragraph} class="form-doc">
          {paragraph}
        </p>
      ))}
      {form.map((field) => (
        <FieldView
          key={field.name}
          field={field}
          raw={draft.raw[field.name] ?? ""}
          error={shown(field.name)}
          change={(raw, files) =>
            setDraft((last) => ({
              raw: { ...last.raw, [field.name]: raw },
              files: withFiles(last.files, field.name, files),
            }))
          }
        />
      ))}
      {form.length === 0 && <p class="soft">{text.launch.noArguments}</p>}
      <div class="form-end">
        <button class="button" type="submit" disabled={busy}>
          {busy ? text.launch.submitting : text.launch.submit}
        </button>
        <p class="form-launched" role="status">
          {launched !== null && (
            <>
              {text.launch.justLaunched}{" "}
              <a href={href({ page: "task", id: launched })}>{shortName(job.name)}</a>
            </>
          )}
        </p>
        {uploading && (
          <div class="form-upload">
            <Bar percent={uploading.percent} label={uploading.filename} />
            <span>{text.launch.uploading(uploading.filename, uploading.percent)}</span>
          </div>
        )}
      </div>
      <ProblemView problem={problem} />
    </form>
  );
}

function withFiles(files: Draft["files"], name: string, chosen: readonly File[] = []) {
  const { [name]: _, ...others } = files;
  return chosen.length ? { ...others, [name]: chosen } : others;
}

/** The arguments that the draft stands for, and what is wrong with it. Files are uploaded later. */
function readAll(form: readonly Field[], draft: Draft, limit: number | null) {
  const kwargs: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of form) {
    const reading = read(field, draft.raw[field.name] ?? "");
    const files = draft.files[field.name];
    const error = "error" in reading ? reading.error : files && filesFault(field, files, limit);
    if (error) errors[field.name] = error;
    else if ("value" in reading && reading.value !== undefined) kwargs[field.name] = reading.value;
  }
  return { kwargs, errors: errors as Errors };
}

async function uploadAll(
  form: readonly Field[],
  files: Draft["files"],
  tell: (uploading: Uploading) => void,
) {
  const values: Record<string, string | string[]> = {};
  for (const { name, kind } of form) {
    const ids: string[] = [];
    for (const file of files[name] ?? []) {
      const { name: filename } = file;
      tell({ filename, percent: 0 });
      ids.push((await upload(file, (percent) => tell({ filename, percent }))).id);
    }
    const [only] = ids;
    if (only !== undefined) values[name] = kind === "uploads" ? ids : only;
  }
  return values;
}
