/** JSON that arrives as text: arguments and results. Pure. */

/** The value of a JSON text; undefined when it is not JSON, as after it was cut off. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a secret was redacted from it before it left the worker (phloem.redaction). */
export function isRedacted(text: string): boolean {
  return text.includes("[redacted]");
}

/** The object or list that can be shown as a tree; null for anything else. */
export function treeOf(text: string): object | null {
  const value = LONG_NUMBER.test(text) ? null : parseJson(text);
  return typeof value === "object" ? value : null;
}

/** Numbers that JavaScript may not hold exactly. Text with one in it is shown as it is. */
const LONG_NUMBER = /\d{16}/;

/** JSON indented; any other text as it is. */
export function prettyText(given: string): string {
  const value = LONG_NUMBER.test(given) ? undefined : parseJson(given);
  return value === undefined ? given : pretty(value);
}

export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
