/** JSON that arrives as text: arguments and results. Pure. */

/** The value of a JSON text; undefined when it is not JSON, as after it was cut off. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Stands for arguments that a process could not judge, and so did not tell (phloem.redaction). */
export const WITHHELD = "…";

/** Arguments that are none. */
export const NONE: ReadonlySet<string> = new Set(["", "[]", "()", "{}"]);

/** The object or list that can be shown as a tree; null for anything else. */
export function treeOf(text: string): object | null {
  const value = exactJson(text);
  return typeof value === "object" ? value : null;
}

/** Numbers that JavaScript may not hold exactly. Text with one in it is shown as it is. */
const LONG_NUMBER = /\d{16}/;

/** The value of a JSON text; undefined when it is not JSON, or JavaScript cannot hold it exactly. */
export function exactJson(text: string): unknown {
  return LONG_NUMBER.test(text) ? undefined : parseJson(text);
}

/** JSON indented; any other text as it is. */
export function prettyText(given: string): string {
  const value = exactJson(given);
  return value === undefined ? given : pretty(value);
}

export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
