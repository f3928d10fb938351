/** A field of the forms of this page. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  readonly label: string;
  readonly help?: string;
  readonly children: (common: {
    readonly id: string;
    readonly "aria-describedby": string | undefined;
  }) => ComponentChildren;
}

export function Field({ label, help, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-line">
        {children({ id, "aria-describedby": help ? `${id}-help` : undefined })}
      </div>
      {help && (
        <p class="field-help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

interface TextProps {
  readonly label: string;
  readonly help?: string;
  readonly value: string;
  readonly change: (value: string) => void;
  readonly required?: boolean;
}

export function TextField({ label, help, value, change, required = false }: TextProps) {
  return (
    <Field label={label} {...(help && { help })}>
      {(common) => (
        <input
          {...common}
          autocomplete="off"
          spellcheck={false}
          required={required}
          value={value}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly words: Readonly<Record<Value, string>>;
  readonly change: (value: Value) => void;
}

export function ChoiceField<Value extends string>({
  label,
  value,
  words,
  change,
}: ChoiceProps<Value>) {
  return (
    <Field label={label}>
      {(common) => (
        <select
          {...common}
          value={value}
          onChange={(event) => change(event.currentTarget.value as Value)}
        >
          {(Object.keys(words) as Value[]).map((each) => (
            <option key={each} value={each}>
              {words[each]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
