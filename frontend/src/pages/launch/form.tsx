/** The form of a job, made from its schema. What is invalid is shown beside the field. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Options, session, submit } from "../../api/calls";
import { href } from "../../browser/router";
import { windowWidth } from "../../browser/width";
import type { RegisteredJob } from "../../contract/generated";
import { clockTick } from "../../live/hooks";
import { shortName } from "../../text/format";
import { launchText, paragraphs } from "../../text/launch";
import { zone } from "../../text/zone";
import { useAttempt } from "../../ui/attempt";
import { Bar } from "../../ui/bar";
import { useOnce } from "../../ui/once";
import { ProblemView } from "../../ui/problem";
import { type Draft, edited, openingDraft, readAll, type Uploading, uploadAll } from "./draft";
import { FieldView } from "./field";
import type { Field } from "./fields";
import { addLaunched, withoutSecrets } from "./launched";
import { fields, takesAnything } from "./schema";
import { readWhen, whenFields, withoutZone, withZone } from "./when";

/** From this many pixels on, queue and time stand beside the arguments (launch.css), and are open. */
const BESIDE = 1360;

interface Props {
  readonly job: RegisteredJob;
  /** What an earlier launch had, to be launched again; undefined for what the schema says. */
  readonly earlier: Draft["raw"] | undefined;
  /** Whether the form was asked for, rather than being that of the first job. */
  readonly asked: boolean;
}

export function JobForm({ job, earlier, asked }: Props) {
  const [form] = useState(() => fields(job.schema));
  const whens = whenFields(job.queue);
  const [draft, setDraft] = useState(() =>
    openingDraft([...form, ...whens], earlier && withoutZone(earlier)),
  );
  const entered = useRef(zone.peek());
  // The time that was entered stays the same moment where the page goes over to another zone.
  useLayoutEffect(() => {
    const { current: from } = entered;
    if (from === zone.value) return;
    entered.current = zone.value;
    setDraft((last) => ({ ...last, raw: withoutZone(withZone(last.raw, from)) }));
  }, [zone.value]);
  const [tried, setTried] = useState(false);
  const [openedWhen] = useState(
    () => windowWidth.peek() >= BESIDE || whens.some(({ name }) => earlier?.[name]),
  );
  const launching = useLaunch(job, form);
  const limit = useOnce(session).value?.files.max_upload ?? null;
  const element = useRef<HTMLFormElement>(null);
  const title = useRef<HTMLHeadingElement>(null);

  // Beside a long list the form may be out of sight. The next key goes to its first field.
  useEffect(() => {
    if (!asked) return;
    const top = element.current?.getBoundingClientRect().top ?? 0;
    if (top < 0 || top > innerHeight / 2) element.current?.scrollIntoView();
    title.current?.focus({ preventScroll: true });
  }, [asked]);

  const read = readAll(form, draft, limit);
  const { when, errors: wrongTimes } = readWhen(whens, draft.raw, clockTick.peek());
  const errors = { ...read.errors, ...wrongTimes };
  // Errors are shown after the first attempt; those of files when they are chosen.
  const shown = (name: string) => (tried || draft.files[name] ? (errors[name] ?? null) : null);
  const send = async (event: Event) => {
    event.preventDefault();
    if (launching.busy) return;
    setTried(true);
    launching.reset();
    const [wrong] = Object.keys(errors);
    if (wrong?.startsWith("when."))
      element.current?.querySelector("details")?.setAttribute("open", "");
    if (wrong) {
      element.current?.querySelector<HTMLElement>(`[name="${CSS.escape(wrong)}"]`)?.focus();
    } else if (await launching.launch(read.kwargs, draft, when)) {
      setTried(false);
    }
  };
  const view = (field: Field) => (
    <FieldView
      key={field.name}
      field={field}
      raw={draft.raw[field.name] ?? ""}
      error={shown(field.name)}
      change={(raw, files) => setDraft((last) => edited(last, field.name, raw, files))}
    />
  );
  return (
    <form ref={element} class="form" noValidate onSubmit={send} data-form={job.name}>
      <h2 ref={title} class="form-title" tabIndex={-1}>
        {shortName(job.name)}
      </h2>
      {paragraphs(job.doc).map((paragraph) => (
        <p key={paragraph} class="form-doc">
          {paragraph}
        </p>
      ))}
      {job.workers === 0 && <p class="launch-notice">{launchText.waits}</p>}
      {form.map(view)}
      {form.length === 0 && <p class="soft">{launchText.noArguments}</p>}
      <details class="form-when" open={openedWhen}>
        <summary>{launchText.when.title}</summary>
        <div class="form-when-fields">{whens.map(view)}</div>
      </details>
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
        {busy ? launchText.submitting : launchText.submit}
      </button>
      <p class="form-launched" role="status">
        {launched !== null && (
          <>
            {launchText.justLaunched}{" "}
            <a href={href({ page: "task", id: launched })}>{shortName(job.name)}</a>
          </>
        )}
      </p>
      {uploading && (
        <div class="form-upload">
          <Bar percent={uploading.percent} label={uploading.filename} />
          <span>{launchText.uploading(uploading.filename, uploading.percent)}</span>
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
  const launch = async (kwargs: Readonly<Record<string, unknown>>, draft: Draft, when: Options) => {
    setLaunched(null);
    const done = await attempt(async () => {
      const uploaded = await uploadAll(form, draft.files, setUploading);
      const values: Readonly<Record<string, unknown>> = { ...kwargs, ...uploaded };
      const { id } = takesAnything(job.schema)
        ? await submit(job.name, values.kwargs ?? {}, when, values.args ?? [])
        : await submit(job.name, values, when);
      const kept = withoutSecrets([...form, ...whenFields(null)], draft.raw);
      addLaunched(id, job.name, withZone(kept));
      setLaunched(id);
    });
    setUploading(null);
    return done;
  };
  /** What was said of the last launch does not stand beside the next one. */
  const reset = () => {
    setProblem(null);
    setLaunched(null);
  };
  return { busy, uploading, launched, problem, launch, reset };
}
