/** What a token says of itself. Its signature is for the server to check. */

/** What a token says, unchecked; null for a text that is none. */
export function contentOf(token: string | null): Readonly<Record<string, unknown>> | null {
  try {
    const content = token?.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? "";
    const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
    const said: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof said === "object" && said !== null ? { ...said } : null;
  } catch {
    return null;
  }
}

/** The tasks that a token is for. */
export interface Share {
  /** The one task; null where it is for those of a workflow or an owner. */
  readonly task: string | null;
  /** The first task of the workflow. */
  readonly root: string | null;
}

/** Null for what is no token, was cut off, or is for a program. Pure. */
export function readShare(token: string | null): Share | null {
  const content = contentOf(token);
  if (content === null || typeof content.role === "string") return null;
  return { task: asText(content.task), root: asText(content.root) };
}

function asText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
