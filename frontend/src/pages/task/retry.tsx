/** The form in which arguments are changed before a task is run again. */

import { useId, useState } from "preact/hooks";
import type { Task } from "../../contract/messages";
import { text } from "../../text";
import { isRedacted, parseJson, prettyText } from "./json_text";

export interface Changed {
  readonly args: unknown[];
  readonly kwargs: Record<string, unknown>;
}

interface Props {
  readonly task: Task;
  readonly busy: boolean;
  readonly send: (changed: Changed) => void;
}

export function RetryForm({ task, busy, send }: Props) {
  const [args, setArgs] = useState(() => initial(task.args, "[]"));
  const [kwargs, setKwargs] = useState(() => initial(task.kwargs, "{}"));
  const [tried, setTried] = useState(false);
  const words = text.task.action;
  const readArgs = parseJson(args);
  const readKwargs = parseJson(kwargs);
  const wrong = {
    args: Array.isArray(readArgs) ? null : words.wrongArgs,
    kwargs: isFields(readKwargs) ? null : words.wrongKwargs,
  };
  const shortened = [task.args, task.kwargs].some(
    (given) => given && parseJson(given) === undefined,
  );
  return (
    <form
      class="retry"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!Array.isArray(readArgs) || !isFields(readKwargs)) return;
        send({ args: readArgs, kwargs: readKwargs });
      }}
    >
      <p class="soft">{words.explainEdit}</p>
      {shortened && <p class="retry-note">{words.shortened}</p>}
      {isRedacted(args + kwargs) && <p class="retry-note">{words.replaced}</p>}
      <Json
        label={text.task.positional}
        name="args"
        value={args}
        change={setArgs}
        error={tried ? wrong.args : null}
      />
      <Json
        label={text.task.named}
        name="kwargs"
        value={kwargs}
        change={setKwargs}
        error={tried ? wrong.kwargs : null}
      />
      <button class="button" type="submit" disabled={busy}>
        {words.sendEdited}
      </button>
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

function initial(given: string | null, none: string): string {
  return given && parseJson(given) !== undefined ? prettyText(given) : none;
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
