/** The form in which arguments are changed before a task is run again. */

import { useEffect, useId, useState } from "preact/hooks";
import { type KeptCall, keptCall } from "../../../api/calls";
import type { Task } from "../../../contract/messages";
import { text } from "../../../text";
import { actionText } from "../../../text/actions";
import { taskText } from "../../../text/task";
import { useAttempt } from "../../../ui/attempt";
import { ProblemView } from "../../../ui/problem";
import { parseJson, pretty } from "../json_text";
import { hasOtherArguments } from "../tries/calls";
import { followers } from "./again";

export interface Changed {
  readonly args: unknown[];
  readonly kwargs: Record<string, unknown>;
  readonly follow?: boolean;
}

interface Props {
  readonly task: Task;
  readonly busy: boolean;
  readonly send: (changed: Changed) => void;
  readonly close: () => void;
}

/** The form, once the arguments are here. */
export function RetryForm({ task, busy, send, close }: Props) {
  const [kept, setKept] = useState<KeptCall | null>(null);
  const { problem, attempt } = useAttempt();
  useEffect(() => {
    void attempt(async () => setKept(await keptCall(task.id)));
  }, [task.id]);
  if (problem) return <ProblemView problem={problem} />;
  if (!kept) return <p class="soft">{actionText.looking}</p>;
  return (
    <KeptForm kept={kept} changed={hasOtherArguments(task)} busy={busy} send={send} close={close} />
  );
}

interface KeptProps extends Omit<Props, "task"> {
  readonly kept: KeptCall;
  readonly changed: boolean;
}

function KeptForm({ kept, changed, busy, send, close }: KeptProps) {
  const [args, setArgs] = useState(() => pretty(kept.args ?? []));
  const [kwargs, setKwargs] = useState(() => pretty(kept.kwargs ?? {}));
  const [follow, setFollow] = useState(false);
  const [tried, setTried] = useState(false);
  const words = actionText;
  const names = followers(kept);
  const readArgs = parseJson(args);
  const readKwargs = parseJson(kwargs);
  const wrong = {
    args: Array.isArray(readArgs) ? null : words.wrongArgs,
    kwargs: isFields(readKwargs) ? null : words.wrongKwargs,
  };
  return (
    <form
      class="retry"
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!Array.isArray(readArgs) || !isFields(readKwargs)) return;
        send({ args: readArgs, kwargs: readKwargs, ...(follow && { follow }) });
      }}
    >
      <p class="soft">{words.explainEdit}</p>
      {changed && <p class="retry-note">{words.formFirst}</p>}
      {kept.fixed && <p class="retry-note">{kept.fixed}</p>}
      {(args + kwargs).includes('"$kept"') && <p class="retry-note">{words.stands}</p>}
      <Json
        label={taskText.positional}
        name="args"
        value={args}
        change={setArgs}
        error={tried ? wrong.args : null}
      />
      <Json
        label={taskText.named}
        name="kwargs"
        value={kwargs}
        change={setKwargs}
        error={tried ? wrong.kwargs : null}
      />
      {names.length > 0 && (
        <label class="retry-follow">
          <input
            type="checkbox"
            checked={follow}
            onChange={(event) => setFollow(event.currentTarget.checked)}
          />
          {words.andNamed(names)}
        </label>
      )}
      <div class="retry-answers">
        <button class="button button-asked" type="submit" disabled={busy}>
          {words.sendEdited}
        </button>
        <button class="button button-plain" type="button" onClick={close}>
          {text.answer.cancel}
        </button>
      </div>
    </form>
  );
}

interface JsonProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly error: string | null;
  readonly change: (value: string) => void;
}

function Json({ label, name, value, error, change }: JsonProps) {
  const id = useId();
  return (
    <div class="field" data-field={name} data-invalid={error ? true : undefined}>
      <label for={id}>{label}</label>
      <textarea
        id={id}
        name={name}
        class="mono"
        rows={Math.min(12, value.split("\n").length + 1)}
        spellcheck={false}
        value={value}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onInput={(event) => change(event.currentTarget.value)}
      />
      {error && (
        <span class="field-error" id={`${id}-error`} role="alert">
          {error}
        </span>
      )}
    </div>
  );
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
