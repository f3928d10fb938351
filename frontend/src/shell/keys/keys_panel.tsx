/** The panel that lists the keys and the fields that can be searched for; "?" opens it. */

import { SHORTCUTS, type ShortcutId } from "../../browser/shortcuts";
import { offers } from "../../me/me";
import { keysText } from "../../text/keys";
import { useModal } from "./modal";

const DOES: Readonly<Record<ShortcutId, string>> = keysText.does;

export function KeysPanel({ close }: { readonly close: () => void }) {
  const { attributes, end } = useModal(close);
  return (
    <dialog class="keys" aria-labelledby="keys-title" {...attributes}>
      <div class="keys-head">
        <h2 id="keys-title">{keysText.title}</h2>
        <button class="quiet" type="button" onClick={end}>
          {keysText.close}
        </button>
      </div>
      <dl>
        {SHORTCUTS.filter((each) => !("leads" in each) || offers(each.leads)).map((each) => (
          <div key={each.id} class="keys-line" data-shortcut={each.id}>
            <dt>
              {"control" in each && <kbd>{keysText.control}</kbd>}
              {each.keys.map((key) => (
                <kbd key={key} data-key={key}>
                  {keysText.caps[key] ?? ("control" in each ? key.toUpperCase() : key)}
                </kbd>
              ))}
            </dt>
            <dd>{DOES[each.id]}</dd>
          </div>
        ))}
      </dl>
      <h3>{keysText.search}</h3>
      <dl>
        {keysText.queries.map(([query, does]) => (
          <div key={query} class="keys-line">
            <dt>
              <code>{query}</code>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
