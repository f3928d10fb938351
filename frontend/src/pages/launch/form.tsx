/** The form of a job, made from its schema. What is invalid is shown beside the field. */

import { useEffect, useRef, useState } from "preact/hooks";
import { session, submit } from "../../api/calls";
import { href } from "../../browser/router";
import type { RegisteredJob } from "../../contract/generated";
import { text } from "../../text";
import { shortName } from "../../text/format";
import { paragraphs } from "../../text/launch";
import { useAttempt } from "../../ui/attempt";
import { Bar } from "../../ui/bar";
import { useOnce } from "../../ui/once";
import { ProblemView } from "../../ui/problem";
import { type Draft, edited, emptyDraft, readAll, type Uploading, uploadAll } from "./draft";
import { FieldView } from "./field";
import type { Field } from "./fields";
import { addLaunched } from "./launched";
import { fields, takesAnything } from "./schema";

interface Props {
  readonly job: RegisteredJob;
  /** Whether the user chose the job, rather than it being the first of the list. */
  readonly chosen: boolean;
}

export function JobForm({ job, chosen }: Props) {
  const [form] = useState(() => fields(job.schema));
  const [draft, setDraft] = useState(() => emptyDraft(form));
  const [tried, setTried] = useState(false);
  const launching = useLaunch(job, form);
  const limit = useOnce(session).value?.files.max_upload ?? null;
  const element = useRef<HTMLFormElement>(null);

  // Beside a long list, or below it in a narrow window, the form may be out of sight.
  useEffect(() => {
    const top = element.current?.getBoundingClientRect().top ?? 0;
    if (chosen && (top < 0 || top > innerHeight / 2)) element.current?.scrollIntoView();
  }, [chosen]);

  const { kwargs, errors } = readAll(form, draft, limit);
  // Errors are shown after the first attempt; those of files when they are chosen.
  const shown = (name: string) => (tried || draft.files[name] ? (errors[name] ?? null) : null);
  const send = async (event: Event) => {
    event.preventDefault();
    if (launching.busy) return;
    setTried(true);
    launching.reset();
    const [wrong] = Object.keys(errors);
    if (wrong) {
      element.current?.querySelector<HTMLElement>(`[name="${CSS.escape(wrong)}"]`)?.focus();
    } else if (await launching.launch(kwargs, draft.files)) {
      setTried(false);
    }
  };
  return (
    <form ref={element} class="form" noValidate onSubmit={send} data-form={job.name}>
      {paragraphs(job.doc).map((paragraph) => (
        <p key={paragraph} class="form-doc">
          {paragraph}
        </p>
      ))}
      {job.workers === 0 && <p class="launch-notice">{text.launch.waits}</p>}
      {form.map((field) => (
        <FieldView
          key={field.name}
          field={field}
          raw={draft.raw[field.name] ?? ""}
          error={shown(field.name)}
          change={(raw, files) => setDraft((last) => edited(last, field.name, raw, files))}
        />
      ))}
      {form.length === 0 && <p class="soft">{text.launch.noArguments}</p>}
      <FormEnd job={job} {...launching} />
      <ProblemView problem={launching.problem} />
    </form>
  );
}

interface FormEndProps {
  readonly job: RegisteredJob;
  readonly busy: boolean;
  readonly launched: string | null;
  readonly uploading: Uploading | null;
}

/** The button, a link to what was launched, and the progress of uploads. */
function FormEnd({ job, busy, launched, uploading }: FormEndProps) {
  return (
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
  );
}

/** The calls that launch a job, and what became of them. `launched` is the id of the task. */
function useLaunch(job: RegisteredJob, form: readonly Field[]) {
  const { busy, problem, setProblem, attempt } = useAttempt();
  const [uploading, setUploading] = useState<Uploading | null>(null);
  const [launched, setLaunched] = useState<string | null>(null);
  /** Resolves with whether it was launched. */
  const launch = async (kwargs: Readonly<Record<string, unknown>>, files: Draft["files"]) => {
    setLaunched(null);
    const done = await attempt(async () => {
      const uploaded = await uploadAll(form, files, setUploading);
      const values: Readonly<Record<string, unknown>> = { ...kwargs, ...uploaded };
      const { id } = takesAnything(job.schema)
        ? await submit(job.name, values.kwargs ?? {}, values.args ?? [])
        : await submit(job.name, values);
      addLaunched(id);
      setLaunched(id);
    });
    setUploading(null);
    return done;
  };
  return { busy, uploading, launched, problem, launch, reset: () => setProblem(null) };
}
