/** The path below which the server serves everything, when a proxy gives it a part of a site. */

/** Without a slash at its end; "" at the root of the host, and with the server of Vite, which fills nothing in. */
export const PREFIX = prefixOf(
  globalThis.document?.querySelector<HTMLMetaElement>('meta[name="root"]')?.content ?? "",
);

/** The prefix in the address of the page's root, such as "/phloem/". Pure. */
export function prefixOf(root: string): string {
  return root.startsWith("/") ? root.replace(/\/+$/, "") : "";
}

/** The part of a path below a prefix; null if the path leads elsewhere. Pure. */
export function below(path: string, prefix: string = PREFIX): string | null {
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : null;
}
