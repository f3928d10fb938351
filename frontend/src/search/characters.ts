/** Texts of people as whole characters: some take two places of a string, and half of one has no address. Pure. */

/** The text with a sign for each half of a character in place of it, so that it can be escaped and sent. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** The beginning of a text, in at most so many places, without half of a character at its end. */
export function beginning(text: string, limit: number): string {
  const last = text.length > limit ? text.charCodeAt(limit - 1) : 0;
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}
