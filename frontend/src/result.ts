/** What a result is: files, JSON, a sentence, or any other text. Pure. */

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
  | { readonly kind: "json"; readonly text: string }
  | { readonly kind: "files"; readonly files: readonly ResultFile[]; readonly rest: string | null };

/** Pictures that every browser shows. SVG is not among them: it is a document that can do things. */
const PICTURES = new Set(["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"]);

export function isPicture(file: ResultFile): boolean {
  return PICTURES.has(file.content_type);
}

export function readResult(result: string | null): Result {
  if (result === null || result === "" || result === "null" || result === "None") {
    return { kind: "nothing" };
  }
  let value: unknown;
  try {
    value = JSON.parse(result);
  } catch {
    return { kind: "text", text: result };
  }
  if (typeof value === "string") return { kind: "text", text: value };
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

/** Figures that JavaScript's numbers might not hold exactly. */
const LONG_NUMBER = /\d{16}/;

/** JSON text set out in lines; any other text as it is. */
export function prettyText(given: string): string {
  if (LONG_NUMBER.test(given)) return given;
  try {
    return pretty(JSON.parse(given));
  } catch {
    return given;
  }
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
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
