/** The keys of every page, and the panel that tells them. */

import { useEffect, useRef, useState } from "preact/hooks";
import { text } from "../text";
import { go } from "./router";

/** Whether a key belongs to what is being typed. A dialog that was just closed may have the focus for a moment longer. */
export function isTyping(event: KeyboardEvent): boolean {
  const within = event.target as Element | null;
  return within?.closest?.("input:not([type=checkbox]), select, textarea, dialog[open]") != null;
}

/** The second key after "g". */
const PLACES: Readonly<Record<string, string>> = {
  t: "/",
  l: "/launch",
  w: "/workers",
  q: "/queues",
  s: "/schedule",
  n: "/now",
};

/** Milliseconds in which a second key belongs to the first. */
const CHORD = 1000;

export function Keys() {
  const [open, setOpen] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    let led = 0;
    const press = (event: KeyboardEvent) => {
      if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      const place = Date.now() - led < CHORD ? PLACES[event.key] : undefined;
      led = event.key === "g" ? Date.now() : 0;
      if (place && document.querySelector(`.tabs a[href="${place}"]`)) {
        event.preventDefault();
        go(place);
      } else if (event.key === "?") {
        event.preventDefault();
        setOpen(true);
      } else if (event.key === "/") {
        event.preventDefault();
        findSearch();
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
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
        {text.keys.list.map(([keys, does]) => (
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

/** The list's search, from wherever one is. */
function findSearch(): void {
  const field = () => document.querySelector<HTMLInputElement>("[data-search]");
  if (field()) {
    field()?.focus();
    return;
  }
  go("/");
  let tries = 30;
  const again = () => {
    if (field()) field()?.focus();
    else if (tries-- > 0) requestAnimationFrame(again);
  };
  requestAnimationFrame(again);
}
