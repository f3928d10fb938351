/** JSON as a tree. Folded branches are not rendered, so a large value costs only what is open. */

import { useState } from "preact/hooks";
import { taskText } from "../../../text/task";

/** Values of a list or object that are shown at first. */
const VALUES_SHOWN = 100;

/** Levels that are open at first. */
const LEVELS_OPEN = 2;

export function Tree({ value }: { readonly value: unknown }) {
  return (
    <div class="well tree" tabIndex={0}>
      <Node name={null} value={value} level={0} />
    </div>
  );
}

interface NodeProps {
  readonly name: string | null;
  readonly value: unknown;
  readonly level: number;
}

function Node({ name, value, level }: NodeProps) {
  const label = name === null ? null : <span class="tree-name">{name}</span>;
  if (typeof value !== "object" || value === null) {
    return (
      <div class="tree-leaf">
        {label}{" "}
        <span data-type={value === null ? "null" : typeof value}>{JSON.stringify(value)}</span>
      </div>
    );
  }
  return <Branch label={label} value={value} level={level} />;
}

interface BranchProps {
  readonly label: preact.ComponentChildren;
  readonly value: object;
  readonly level: number;
}

function Branch({ label, value, level }: BranchProps) {
  const entries = Object.entries(value);
  const [open, setOpen] = useState(level < LEVELS_OPEN);
  const [most, setMost] = useState(VALUES_SHOWN);
  const list = Array.isArray(value);
  const size = taskText.tree.size(entries.length, list);
  if (!entries.length) {
    return (
      <div class="tree-leaf">
        {label} <span>{list ? "[]" : "{}"}</span>
      </div>
    );
  }
  return (
    <details
      class="tree-branch"
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        {label} <span class="soft">{size}</span>
      </summary>
      {open &&
        entries
          .slice(0, most)
          .map(([key, child]) => <Node key={key} name={key} value={child} level={level + 1} />)}
      {open && entries.length > most && (
        <button class="copy" type="button" onClick={() => setMost(most + 10 * VALUES_SHOWN)}>
          {taskText.tree.more(entries.length - most)}
        </button>
      )}
    </details>
  );
}
