/** The menu of saved searches. */

import { useState } from "preact/hooks";
import { forgetView, savedViews, saveView } from "../../browser/preferences";
import { href } from "../../browser/router";
import { text } from "../../text";

interface Props {
  readonly search: string;
  /** Closes the menu. */
  readonly close: () => void;
}

export function SavedViews({ search, close }: Props) {
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
      {search && <SaveView search={search} />}
    </>
  );
}

function SaveView({ search }: { readonly search: string }) {
  const [name, setName] = useState("");
  const words = text.tasks.tools;
  return (
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
  );
}
