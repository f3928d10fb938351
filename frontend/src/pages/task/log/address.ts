/** The addresses of lines: "#log-ID" opens the page at that line. */

import { useEffect, useState } from "preact/hooks";

const PREFIX = "log-";

/** The id of a line's element, which its address ends with. */
export function lineId(entry: string): string {
  return PREFIX + entry;
}

/** The id of the line that the address names; null when it names none. */
export function useAddressed(): string | null {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const look = () => setHash(location.hash);
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return hash.startsWith(`#${PREFIX}`) ? hash.slice(PREFIX.length + 1) : null;
}

/** From one address to the next by the arrow keys: only one of them is reached by Tab. */
export function moveAmongAddresses(event: KeyboardEvent): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const link = (event.target as Element).closest(".log-at");
  const box = event.currentTarget as Element;
  if (!step || !link) return;
  const all = [...box.querySelectorAll<HTMLElement>(".log-at")].filter(
    (each) => each.getClientRects().length,
  );
  const next = all[all.indexOf(link as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
