import { useState } from "preact/hooks";
import { text as words } from "../text";

const SAY_COPIED = 1500;

/** Absent where the browser gives no clipboard (a page that is neither HTTPS nor loopback). */
export function Copy({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState(false);
  if (!navigator.clipboard) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SAY_COPIED);
  };
  return (
    <button class="copy" type="button" onClick={copy}>
      {copied ? words.task.copied : words.task.copy}
    </button>
  );
}
