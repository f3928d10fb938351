/** One argument of a job: its label, its control, and what is wrong with it. */

import { useId } from "preact/hooks";
import { text } from "../../text";
import { canStayOpen, choiceText, type Field, type Raw } from "./schema";

interface FieldProps {
  readonly field: Field;
  readonly raw: Raw;
  readonly error: string | null;
  readonly change: (raw: Raw, files?: readonly File[]) => void;
}

export function FieldView({ field, raw, error, change }: FieldProps) {
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
      {field.kind === "lines" && <span class="soft"> {text.launch.onePerLine}</span>}
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
  if (field.secret) {
    return <input {...common} type="password" autocomplete="off" value={value} onInput={typed} />;
  }
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
          {canStayOpen(field) && <option value="">{text.launch.unset}</option>}
          {field.choices.map((choice, i) => (
            <option key={choiceText(choice)} value={String(i)}>
              {choiceText(choice)}
            </option>
          ))}
        </select>
      );
    case "upload":
    case "uploads":
      return (
        <input
          {...common}
          type="file"
          multiple={field.kind === "uploads"}
          accept={field.accept.join()}
          onChange={(event) => {
            const files = [...(event.currentTarget.files ?? [])];
            change(files.map((file) => file.name).join(", "), files);
          }}
        />
      );
    case "date":
      return <input {...common} class="figure" type="date" value={value} onInput={typed} />;
    case "paragraphs":
    case "lines":
      return (
        <textarea
          {...common}
          rows={field.kind === "lines" ? 2 : 6}
          spellcheck={field.kind === "paragraphs"}
          value={value}
          onInput={typed}
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
