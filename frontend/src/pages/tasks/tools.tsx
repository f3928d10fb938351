/** The tools of the list: saved searches, columns and density, and export. */

import { COLUMNS, NARROW } from "../../browser/columns";
import { save } from "../../browser/download";
import { columns, density } from "../../browser/preferences";
import { windowWidth } from "../../browser/width";
import type { Task } from "../../contract/messages";
import { text } from "../../text";
import { Menu } from "../../ui/menu";
import { asCsv, asJson } from "./export";
import { SavedViews } from "./views/saved_views";

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
        {(close) => <SavedViews search={search} close={close} />}
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
      {/* In a narrow window the cells of a row are fixed. */}
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
