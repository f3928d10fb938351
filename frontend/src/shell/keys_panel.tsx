/** The panel that lists the keys and the fields that can be searched for; "?" opens it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useShortcuts } from "../browser/keys";
import { may } from "../me/me";
import { text } from "../text";

export function KeysPanel() {
  const [open, setOpen] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  useShortcuts(() => setOpen(true));
  useEffect(() => {
    if (open) dialog.current?.showModal();
  }, [open]);
  if (!open) return null;
  return (
    <dialog
      ref={dialog}
      class="keys"
      aria-labelledby="keys-title"
      onClose={() => setOpen(false)}
      onPointerDown={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div class="keys-head">
        <h2 id="keys-title">{text.keys.title}</h2>
        <button class="quiet" type="button" onClick={() => dialog.current?.close()}>
          {text.keys.close}
        </button>
      </div>
      <dl>
        {[...text.keys.list, ...(may("launch") ? [text.keys.launch] : [])].map(([keys, does]) => (
          <div key={does} class="keys-line">
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <h3>{text.keys.search}</h3>
      <dl>
        {text.keys.queries.map(([query, does]) => (
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
