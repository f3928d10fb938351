/** What the user has entered into a form, and what it amounts to. */

import { upload } from "../../api/uploads";
import type { Field, Raw } from "./fields";
import { filesFault } from "./file_faults";
import { read } from "./reading";

/** Contents of controls and chosen files, by the name of the field. */
export interface Draft {
  readonly raw: Readonly<Record<string, Raw>>;
  readonly files: Readonly<Record<string, readonly File[]>>;
}

/** A form as it opens: with what an earlier launch had, else with what the schema says. */
export function openingDraft(form: readonly Field[], earlier: Draft["raw"] = {}): Draft {
  const raw = form.map(({ name, initial }) => [name, earlier[name] ?? initial]);
  return { raw: Object.fromEntries(raw), files: {} };
}

/** The draft with another content of one field. */
export function edited(draft: Draft, name: string, raw: Raw, chosen: readonly File[] = []): Draft {
  const { [name]: _, ...others } = draft.files;
  return {
    raw: { ...draft.raw, [name]: raw },
    files: chosen.length ? { ...others, [name]: chosen } : others,
  };
}

/** The arguments of a draft, and its errors by field. Files are uploaded later. `limit` is that of an upload, in bytes. */
export function readAll(form: readonly Field[], draft: Draft, limit: number | null) {
  const kwargs: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of form) {
    const reading = read(field, draft.raw[field.name] ?? "");
    const files = draft.files[field.name];
    const error = "error" in reading ? reading.error : files && filesFault(field, files, limit);
    if (error) errors[field.name] = error;
    else if ("value" in reading && reading.value !== undefined) kwargs[field.name] = reading.value;
  }
  return { kwargs, errors };
}

export interface Uploading {
  readonly filename: string;
  readonly percent: number;
}

/** Uploads the files one by one; returns their ids as arguments. */
export async function uploadAll(
  form: readonly Field[],
  files: Draft["files"],
  moved: (uploading: Uploading) => void,
): Promise<Record<string, string | string[]>> {
  const values: Record<string, string | string[]> = {};
  for (const { name, kind } of form) {
    const ids: string[] = [];
    for (const file of files[name] ?? []) {
      const { name: filename } = file;
      moved({ filename, percent: 0 });
      ids.push((await upload(file, (percent) => moved({ filename, percent }))).id);
    }
    const [only] = ids;
    if (only !== undefined) values[name] = kind === "uploads" ? ids : only;
  }
  return values;
}
