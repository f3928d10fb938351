/** The control of a field, by its kind. */

import { launchText } from "../../text/launch";
import { canStayOpen, choiceText, type Field, type Raw } from "./fields";

export interface ControlProps {
  readonly field: Field;
  readonly raw: Raw;
  /** Called with the content, and with the files that were chosen. */
  readonly change: (raw: Raw, files?: readonly File[]) => void;
  /** Attributes that every control has: its id, name and descriptions. */
  readonly common: Readonly<Record<string, string | undefined>>;
}

export function Control({ field, raw, change, common }: ControlProps) {
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
      return <ChoiceControl field={field} raw={raw} change={change} common={common} />;
    case "upload":
    case "uploads":
      return <UploadControl field={field} raw={raw} change={change} common={common} />;
    case "date":
      return <input {...common} class="figure" type="date" value={value} onInput={typed} />;
    case "moment":
      return <input {...common} type="datetime-local" value={value} onInput={typed} />;
    case "paragraphs":
      return <textarea {...common} rows={6} spellcheck={true} value={value} onInput={typed} />;
    case "lines":
      return <textarea {...common} rows={2} spellcheck={false} value={value} onInput={typed} />;
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
      // Not type=number, which gives no value for text that is no number, so that it could not be reported.
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

/** Options have their index as value, because a choice can be anything. */
function ChoiceControl({ field, raw, change, common }: ControlProps) {
  return (
    <select {...common} value={String(raw)} onChange={(event) => change(event.currentTarget.value)}>
      {canStayOpen(field) && <option value="">{launchText.unset}</option>}
      {field.choices.map((choice, i) => (
        <option key={choiceText(choice)} value={String(i)}>
          {choiceText(choice)}
        </option>
      ))}
    </select>
  );
}

function UploadControl({ field, change, common }: ControlProps) {
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
}
