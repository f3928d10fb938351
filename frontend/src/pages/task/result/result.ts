/** What a result is: files, JSON, a link, or text. Pure. */

import { parseJson, pretty, prettyText } from "../json_text";

export interface ResultFile {
  readonly id: string;
  readonly filename: string;
  readonly content_type: string;
  readonly size: number | null;
  readonly width: number | null;
  readonly height: number | null;
}

export type Result =
  | { readonly kind: "nothing" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string }
  | { readonly kind: "json"; readonly text: string }
  | { readonly kind: "files"; readonly files: readonly ResultFile[]; readonly rest: string | null };

/** Pictures that every browser shows. SVG is not among them: it can contain scripts. */
const PICTURES = new Set(["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"]);

export function isPicture(file: ResultFile): boolean {
  return PICTURES.has(file.content_type);
}

export function isPdf(file: ResultFile): boolean {
  return file.content_type === "application/pdf";
}

export function readResult(result: string | null): Result {
  if (result === null || result === "" || result === "null" || result === "None") {
    return { kind: "nothing" };
  }
  const value = parseJson(result);
  if (value === undefined) return words(result);
  if (typeof value === "string") return words(value);
  if (typeof value !== "object" || value === null) return { kind: "json", text: result };
  if ("files" in value && Array.isArray(value.files)) {
    const files = value.files.flatMap(readFile);
    const { files: _, ...rest } = value;
    if (files.length) {
      return { kind: "files", files, rest: Object.keys(rest).length ? pretty(rest) : null };
    }
  }
  return { kind: "json", text: prettyText(result) };
}

/** A single HTTP address is a link. Other schemes are not: a browser would execute some of them. */
function words(text: string): Result {
  return { kind: /^https?:\/\/\S+$/.test(text) && text.length <= 2000 ? "link" : "text", text };
}

function readFile(value: unknown): ResultFile[] {
  if (typeof value !== "object" || value === null) return [];
  const file = value as Record<string, unknown>;
  if (typeof file.id !== "string") return [];
  const figure = (given: unknown) => (typeof given === "number" ? given : null);
  return [
    {
      id: file.id,
      filename: typeof file.filename === "string" ? file.filename : file.id,
      content_type: typeof file.content_type === "string" ? file.content_type : "",
      size: figure(file.size),
      width: figure(file.width),
      height: figure(file.height),
    },
  ];
}
