/** The menu for how times are shown: relative or absolute, local or UTC. */

import type { Signal } from "@preact/signals";
import { text } from "../text";
import { timeStyle, zone } from "../text/zone";
import { Menu } from "../ui/menu";

export function TimesMenu() {
  const words = text.times;
  return (
    <Menu label={<ClockIcon />} name={words.title} kind="quiet icon-button">
      {() => (
        <>
          <Choice
            name="times"
            title={words.style}
            signal={timeStyle}
            values={["relative", "absolute"]}
          />
          <Choice name="zone" title={words.zone} signal={zone} values={["local", "utc"]} />
        </>
      )}
    </Menu>
  );
}

interface ChoiceProps<Value extends "relative" | "absolute" | "local" | "utc"> {
  readonly name: string;
  readonly title: string;
  readonly signal: Signal<Value>;
  readonly values: readonly Value[];
}

function Choice<Value extends "relative" | "absolute" | "local" | "utc">({
  name,
  title,
  signal,
  values,
}: ChoiceProps<Value>) {
  return (
    <fieldset>
      <legend>{title}</legend>
      {values.map((value) => (
        <label key={value} class="menu-check">
          <input
            type="radio"
            name={name}
            checked={signal.value === value}
            onChange={() => {
              signal.value = value;
            }}
          />
          {text.times[value]}
        </label>
      ))}
    </fieldset>
  );
}

function ClockIcon() {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <circle class="theme-disc" cx="8" cy="8" r="5.5" />
      <path class="theme-disc" d="M8 4.8V8L10.2 9.4" />
    </svg>
  );
}
