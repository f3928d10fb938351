/** Text without what steers a terminal, such as colours: the record keeps it as it was said. */

/** The control sequences of ECMA-48, also one that is cut off at the end. */
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|$)|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-Z\\^_`-~]?/g;

/** `text` without control sequences; what stands between them is kept. */
export function withoutEscapes(text: string): string {
  return text.includes("\x1b") ? text.replace(ESCAPES, "") : text;
}
