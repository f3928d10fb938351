/** The language of the part of a page that an element is in. */

/** The nearest `lang` attribute; empty where there is none. A shadow tree has that of its host. */
export function languageOf(element: Element): string {
  for (let from: Element | null = element; from; ) {
    const nearest = from.closest("[lang]");
    if (nearest) return nearest.getAttribute("lang") ?? "";
    const root = from.getRootNode();
    from = root instanceof ShadowRoot ? root.host : null;
  }
  return "";
}

const followers = new Set<() => void>();
let observer: MutationObserver | null = null;

/** Calls `changed` whenever the page may have another language, until the function that is returned is called. */
export function followLanguage(changed: () => void): () => void {
  followers.add(changed);
  observer ??= new MutationObserver(() => {
    for (const follower of followers) follower();
  });
  observer.observe(document, { subtree: true, attributeFilter: ["lang"] });
  return () => {
    followers.delete(changed);
    if (followers.size === 0) observer?.disconnect();
  };
}
