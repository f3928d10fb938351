/** A field of a form: label, control, help, and its error. */

import { useId } from "preact/hooks";
import { launchText } from "../../text/launch";
import { Control, type ControlProps } from "./control";

interface FieldProps extends Omit<ControlProps, "common"> {
  readonly error: string | null;
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
      {field.kind === "lines" && <span class="soft"> {launchText.onePerLine}</span>}
      {!field.required && field.initial === "" && <span class="soft"> {launchText.optional}</span>}
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
