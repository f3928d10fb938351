/** A job's form, made from its schema. What is invalid is said beside the field. */

import { useId, useRef, useState } from "preact/hooks";
import { type Job, session, submit, upload } from "../api";
import { bytes } from "../format";
import { addLaunched } from "../launched";
import { choiceText, type Field, fields, type Raw, read } from "../schema";
import { paragraphs, text } from "../text";
import { Bar } from "./bar";
import { reasonOf, useOnce } from "./once";

/** What is typed in, and the files that are chosen, by field name. */
interface Draft {
  readonly raw: Readonly<Record<string, Raw>>;
  readonly files: Readonly<Record<string, File>>;
}

type Errors = Readonly<Record<string, string>>;

interface Uploading {
  readonly filename: string;
  readonly percent: number;
}

export function JobForm({ job }: { readonly job: Job }) {
  const [form] = useState(() => fields(job.schema));
  const [draft, setDraft] = useState<Draft>(() => ({
    raw: Object.fromEntries(form.map((field) => [field.name, field.initial])),
    files: {},
  }));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [uploading, setUploading] = useState<Uploading | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const limit = useOnce(session).value?.files.max_upload ?? null;
  const element = useRef<HTMLFormElement>(null);

  const { kwargs, errors } = readAll(form, draft, limit);
  // Nothing is called wrong before it was meant to be right.
  const shown = tried ? errors : {};

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
    try {
      const uploaded = await uploadAll(draft.files, setUploading);
      addLaunched((await submit(job.name, { ...kwargs, ...uploaded })).id);
      setTried(false);
    } catch (reason) {
      setProblem(reasonOf(reason));
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
          error={shown[field.name] ?? null}
          change={(raw, file) =>
            setDraft((last) => ({
              raw: { ...last.raw, [field.name]: raw },
              files: withFile(last.files, field.name, file),
            }))
          }
        />
      ))}
      {form.length === 0 && <p class="soft">{text.launch.noArguments}</p>}
      <div class="form-end">
        <button class="button" type="submit" disabled={busy}>
          {busy ? text.launch.submitting : text.launch.submit}
        </button>
        {uploading && (
          <div class="form-upload">
            <Bar percent={uploading.percent} label={uploading.filename} />
            <span>{text.launch.uploading(uploading.filename, uploading.percent)}</span>
          </div>
        )}
      </div>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

function withFile(files: Draft["files"], name: string, file: File | undefined): Draft["files"] {
  const { [name]: _, ...others } = files;
  return file ? { ...others, [name]: file } : others;
}

/** The arguments that the draft stands for, and what is wrong with it. Files are uploaded later. */
function readAll(form: readonly Field[], draft: Draft, limit: number | null) {
  const kwargs: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of form) {
    const reading = read(field, draft.raw[field.name] ?? "");
    const file = draft.files[field.name];
    if ("error" in reading) errors[field.name] = reading.error;
    else if (file && limit !== null && file.size > limit) {
      errors[field.name] = text.field.tooLarge(bytes(file.size), bytes(limit));
    } else if (reading.value !== undefined) kwargs[field.name] = reading.value;
  }
  return { kwargs, errors: errors as Errors };
}

async function uploadAll(files: Draft["files"], tell: (uploading: Uploading) => void) {
  const ids: Record<string, string> = {};
  for (const [name, file] of Object.entries(files)) {
    const { name: filename } = file;
    tell({ filename, percent: 0 });
    ids[name] = (await upload(file, (percent) => tell({ filename, percent }))).id;
  }
  return ids;
}

interface FieldProps {
  readonly field: Field;
  readonly raw: Raw;
  readonly error: string | null;
  readonly change: (raw: Raw, file?: File) => void;
}

function FieldView({ field, raw, error, change }: FieldProps) {
  const id = useId();
  const described = [field.help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ");
  const common = {
    id,
    name: field.name,
    "aria-describedby": described || undefined,
    "aria-invalid": error ? ("true" as const) : undefined,
    "aria-required": field.required && !field.nullable ? ("true" as const) : undefined,
  };
  const label = (
    <label for={id}>
      {field.label}
      {!field.required && field.initial === "" && <span class="soft"> {text.launch.optional}</span>}
    </label>
  );
  return (
    <div
      class="field"
      data-field={field.name}
      data-kind={field.kind}
      data-invalid={error ? true : undefined}
    >
      {field.kind !== "flag" && label}
      <div class="field-line">
        <Control field={field} raw={raw} change={change} common={common} />
        {field.kind === "flag" && label}
        {error && (
          <span class="field-error" id={`${id}-error`} role="alert">
            {error}
          </span>
        )}
      </div>
      {field.help && (
        <p class="field-help" id={`${id}-help`}>
          {field.help}
        </p>
      )}
    </div>
  );
}

interface ControlProps extends Omit<FieldProps, "error"> {
  readonly common: Readonly<Record<string, string | undefined>>;
}

function Control({ field, raw, change, common }: ControlProps) {
  const typed = (event: Event) => change((event.currentTarget as HTMLInputElement).value);
  const value = String(raw);
  switch (field.kind) {
    case "flag":
      return (
        <input
          {...common}
          type="checkbox"
          checked={raw === true}
          onChange={(event) => change(event.currentTarget.checked)}
        />
      );
    case "choice":
      return (
        <select {...common} value={value} onChange={typed}>
          {(!field.required || field.nullable || field.initial === "") && (
            <option value="">{text.launch.unset}</option>
          )}
          {field.choices.map((choice, i) => (
            <option key={choiceText(choice)} value={String(i)}>
              {choiceText(choice)}
            </option>
          ))}
        </select>
      );
    case "upload":
      return (
        <input
          {...common}
          type="file"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            change(file?.name ?? "", file);
          }}
        />
      );
    case "json":
      return (
        <textarea
          {...common}
          class="mono"
          rows={3}
          spellcheck={false}
          value={value}
          onInput={typed}
        />
      );
    case "number":
    case "integer":
      // Not type=number: it swallows what it does not understand instead of letting us say so.
      return (
        <input
          {...common}
          class="figure"
          type="text"
          inputMode={field.kind === "integer" ? "numeric" : "decimal"}
          autocomplete="off"
          value={value}
          onInput={typed}
        />
      );
    case "text":
      return <input {...common} type="text" autocomplete="off" value={value} onInput={typed} />;
  }
}
