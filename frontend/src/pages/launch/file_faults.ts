/** What is wrong with chosen files, as far as the browser can tell. Pure. */

import { bytes } from "../../text/format";
import { fieldText } from "../../text/launch";
import type { Field } from "./fields";

/** What the browser knows of a file; sizes are in bytes. */
interface FileFacts {
  readonly name: string;
  /** Its media type, empty when the browser does not know it. */
  readonly type: string;
  readonly size: number;
}

/** The first fault of the files; null when there is none. `limit` is the size the server accepts, null while unknown. */
export function filesFault(
  field: Field,
  files: readonly FileFacts[],
  limit: number | null,
): string | null {
  const { maxItems } = field.rules;
  if (maxItems !== undefined && files.length > maxItems) return fieldText.tooMany(maxItems);
  return files.map((file) => fileFault(field, file, limit)).find(Boolean) ?? null;
}

/** The fault of one file; null when there is none. Its content is checked by the server. */
export function fileFault({ accept }: Field, file: FileFacts, limit: number | null): string | null {
  const fits = (type: string) =>
    type.endsWith("/*") ? file.type.startsWith(type.slice(0, -1)) : file.type === type;
  // The browser takes the type from the suffix of the name.
  if (file.type && accept.length && !accept.some(fits)) return fieldText.kind(file.name, accept);
  if (limit !== null && file.size > limit) {
    return fieldText.tooLarge(bytes(file.size), bytes(limit));
  }
  return null;
}
