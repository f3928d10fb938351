import { useState } from "preact/hooks";
import { text as words } from "../text";

const SAY_COPIED = 1500;

interface Props {
  /** What is copied; a function where making it costs something. */
  readonly text: string | (() => string);
  readonly label?: string;
}

/** Absent where the browser gives no clipboard (a page that is neither HTTPS nor loopback). */
export function Copy({ text, label = words.task.copy }: Props) {
  const [copied, setCopied] = useState(false);
  if (!navigator.clipboard) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === "string" ? text : text());
    setCopied(true);
    setTimeout(() => setCopied(false), SAY_COPIED);
  };
  return (
    <button class="copy" type="button" onClick={copy}>
      {copied ? words.task.copied : label}
    </button>
  );
}
