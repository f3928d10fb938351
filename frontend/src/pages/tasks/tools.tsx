/** What can be set about the list: saved searches, columns and density; and a file of what it shows. */

import { useState } from "preact/hooks";
import { COLUMNS, NARROW } from "../../browser/columns";
import { save } from "../../browser/download";
import { columns, density, forgetView, savedViews, saveView } from "../../browser/preferences";
import { href } from "../../browser/router";
import { windowWidth } from "../../browser/width";
import type { Task } from "../../contract/messages";
import { text } from "../../text";
import { Menu } from "../../ui/menu";
import { asCsv, asJson } from "./export";

interface Props {
  readonly search: string;
  /** The tasks that are shown now. */
  readonly shown: () => readonly Task[];
}

export function Tools({ search, shown }: Props) {
  const words = text.tasks.tools;
  return (
    <div class="list-tools">
      <Menu label={words.views} name={words.explainViews}>
        {(close) => <Views search={search} close={close} />}
      </Menu>
      <Menu label={words.columns} name={words.explainColumns}>
        {() => <Columns />}
      </Menu>
      <Menu label={words.export} name={words.explainExport}>
        {(close) => (
          <>
            <button
              class="menu-item"
              type="button"
              onClick={() => {
                save("tasks.csv", asCsv(shown()), "text/csv");
                close();
              }}
            >
              {words.csv}
            </button>
            <button
              class="menu-item"
              type="button"
              onClick={() => {
                save("tasks.json", asJson(shown()), "application/json");
                close();
              }}
            >
              {words.json}
            </button>
          </>
        )}
      </Menu>
    </div>
  );
}

function Columns() {
  const chosen = columns.value;
  return (
    <>
      {/* On two lines there is no choice of what stands on them. */}
      {windowWidth.value >= NARROW && (
        <fieldset>
          <legend>{text.tasks.tools.columns}</legend>
          {COLUMNS.map((column) => (
            <label key={column} class="menu-check">
              <input
                type="checkbox"
                checked={chosen.includes(column)}
                onChange={() => {
                  columns.value = COLUMNS.filter(
                    (other) => chosen.includes(other) !== (other === column),
                  );
                }}
              />
              {text.tasks.column[column]}
            </label>
          ))}
        </fieldset>
      )}
      <label class="menu-check menu-apart">
        <input
          type="checkbox"
          checked={density.value === "compact"}
          onChange={() => {
            density.value = density.value === "compact" ? "airy" : "compact";
          }}
        />
        {text.tasks.tools.compact}
      </label>
    </>
  );
}

function Views({ search, close }: { readonly search: string; readonly close: () => void }) {
  const [name, setName] = useState("");
  const words = text.tasks.tools;
  return (
    <>
      {savedViews.value.length > 0 ? (
        <ul class="saved">
          {savedViews.value.map((view) => (
            <li key={view.name}>
              <a
                class="menu-item"
                href={href({ page: "tasks", search: view.search })}
                title={view.search}
                onClick={close}
              >
                {view.name}
              </a>
              <button
                class="quiet"
                type="button"
                aria-label={words.forget(view.name)}
                title={words.forget(view.name)}
                onClick={() => forgetView(view.name)}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p class="soft menu-words">{words.noViews}</p>
      )}
      {search && (
        <form
          class="save-view"
          onSubmit={(event) => {
            event.preventDefault();
            if (!name.trim()) return;
            saveView(name.trim(), search);
            setName("");
          }}
        >
          <input
            class="tool"
            type="text"
            aria-label={words.viewName}
            placeholder={words.viewName}
            maxLength={60}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <button class="button button-plain" type="submit">
            {words.save}
          </button>
        </form>
      )}
    </>
  );
}
