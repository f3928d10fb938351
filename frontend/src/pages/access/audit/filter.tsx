/** What of the audit is shown: who, what, when, and what came of it. */

import { useState } from "preact/hooks";
import type { AuditFilter } from "../../../api/audit";
import { tick } from "../../../live/hooks";
import { accessText } from "../../../text/access/page";

const words = accessText.audit;

interface Props {
  readonly filter: AuditFilter;
  readonly change: (filter: AuditFilter) => void;
}

export function Filter({ filter, change }: Props) {
  const [age, setAge] = useState("");
  return (
    <form
      class="audit-filter"
      onSubmit={(event) => {
        event.preventDefault();
        const field = (name: string) => new FormData(event.currentTarget).get(name)?.toString();
        change({ ...filter, actor: field("actor") ?? "", target: field("target") ?? "" });
      }}
    >
      <input
        class="tool"
        name="actor"
        type="search"
        aria-label={words.whoLabel}
        placeholder={words.whoLabel}
        spellcheck={false}
        onChange={(event) => change({ ...filter, actor: event.currentTarget.value.trim() })}
      />
      <Choice
        label={words.whatLabel}
        value={filter.action ?? ""}
        options={[
          ["", words.whatLabel],
          ...words.actions.map((action) => [action, action.replaceAll("_", " ")] as const),
        ]}
        change={(action) => change({ ...filter, action })}
      />
      <input
        class="tool"
        name="target"
        type="search"
        aria-label={words.targetLabel}
        placeholder={words.targetLabel}
        spellcheck={false}
        onChange={(event) => change({ ...filter, target: event.currentTarget.value.trim() })}
      />
      <Choice
        label={words.outcomeLabel}
        value={filter.outcome ?? ""}
        options={[["", words.anyOutcome], ...Object.entries(words.outcomes)]}
        change={(outcome) => change({ ...filter, outcome })}
      />
      <Choice
        label={words.timeLabel}
        value={age}
        options={[["", words.anyTime], ...Object.entries(words.since)]}
        change={(chosen) => {
          setAge(chosen);
          const { since: _, ...rest } = filter;
          change(chosen ? { ...rest, since: Math.floor(tick.peek()) - Number(chosen) } : rest);
        }}
      />
      <button class="unseen" type="submit" tabIndex={-1}>
        {words.older}
      </button>
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly change: (value: string) => void;
}

function Choice({ label, value, options, change }: ChoiceProps) {
  return (
    <select
      class="tool"
      aria-label={label}
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    >
      {options.map(([each, name]) => (
        <option key={each} value={each}>
          {name}
        </option>
      ))}
    </select>
  );
}
