/** JSON that arrives as text: arguments and results. Pure. */

/** Whether a secret was redacted from it before it left the worker (phloem.redaction). */
export function isRedacted(text: string): boolean {
  return text.includes("[redacted]");
}

/** The object or list that can be shown as a tree; null for anything else. */
export function treeOf(text: string): object | null {
  if (LONG_NUMBER.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** Numbers that JavaScript may not hold exactly. Text with one in it is shown as it is. */
const LONG_NUMBER = /\d{16}/;

/** JSON indented; any other text as it is. */
export function prettyText(given: string): string {
  if (LONG_NUMBER.test(given)) return given;
  try {
    return pretty(JSON.parse(given));
  } catch {
    return given;
  }
}

export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
