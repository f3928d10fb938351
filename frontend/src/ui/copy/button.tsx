/** The button that copies a text to the clipboard. */

import { useState } from "preact/hooks";
import { text as words } from "../../text";

/** How long the button says that it has copied. */
const COPIED_MS = 1500;

interface Props {
  /** What is copied; a function when it is costly to make. */
  readonly text: string | (() => string);
  readonly label?: string;
}

/** Absent without a clipboard: browsers have one on HTTPS and loopback only. */
export function Copy({ text, label = words.copy }: Props) {
  const [copied, setCopied] = useState(false);
  if (!navigator.clipboard) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === "string" ? text : text());
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <button class="copy" type="button" onClick={copy}>
      {copied ? words.copied : label}
    </button>
  );
}
