/** The keys of every page, and what two of them open: the panel of keys, and the list of commands. */

import { signal } from "@preact/signals";
import { focusOnce, useKeys } from "../../browser/keys";
import { go, HOME, type Route } from "../../browser/router";
import { PLACES } from "../../browser/shortcuts";
import { offers } from "../../me/me";
import { text } from "../../text";
import { Later, later } from "../../ui/later";

/** The scripts of the list of commands, and of the panel of keys. */
export const palette = later(() => import("./palette"));
export const keysPanel = later(() => import("./keys_panel"));

/** Ten seconds at most: the field comes with the first tasks, and they may be long in coming. */
const FRAMES = 600;

type Opened = "keys" | "palette" | null;

const opened = signal<Opened>(null);

export function Shortcuts() {
  const open = opened.value;
  useKeys("page", {
    help: show("keys"),
    palette: show("palette"),
    search: () => {
      focusOnce(searchField, () => go(HOME), FRAMES);
      return true;
    },
    tasks: leadTo("tasks", PLACES.tasks),
    launch: leadTo("launch", PLACES.launch),
    workers: leadTo("workers", PLACES.workers),
    queues: leadTo("queues", PLACES.queues),
    schedule: leadTo("schedule", PLACES.schedule),
    now: leadTo("activity", PLACES.now),
  });
  if (open === null) return null;
  if (open === "keys")
    return (
      <Later
        load={keysPanel}
        show={({ KeysPanel }) => <KeysPanel close={close} />}
        words={text.palette.loading}
      />
    );
  return (
    <Later
      load={palette}
      show={({ Palette }) => <Palette close={close} showKeys={show("keys")} />}
      words={text.palette.loading}
    />
  );
}

function show(what: Opened): () => boolean {
  return () => {
    opened.value = what;
    return true;
  };
}

const close = show(null);

/** Opens the list of commands by pointer and by touch. */
export function PaletteButton() {
  return (
    <button
      class="quiet icon-button"
      type="button"
      aria-label={text.palette.title}
      title={text.palette.title}
      aria-keyshortcuts="Control+k"
      onClick={show("palette")}
    >
      <svg class="palette-icon" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="7" cy="7" r="4.5" />
        <path d="M10.5 10.5L14 14" />
      </svg>
    </button>
  );
}

function leadTo(page: Route["page"], address: string): () => boolean {
  return () => {
    if (offers(page)) go(address);
    return offers(page);
  };
}

function searchField(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-search]");
}
