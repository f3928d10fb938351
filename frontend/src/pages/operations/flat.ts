/** Nested plain data as rows of a path and a text, so that all of it fits in one list. */

export type Rows = readonly (readonly [string, string])[];

/** What is empty or null is left out: it says nothing. */
export function flat(value: unknown, path = ""): Rows {
  if (value === null || value === undefined || value === "") return [];
  if (Array.isArray(value)) {
    if (value.length === 0) return [];
    if (value.every((each) => typeof each !== "object" || each === null)) {
      return [[path, value.map(String).join(", ")]];
    }
    return value.flatMap((each, place) => flat(each, below(path, String(place + 1))));
  }
  if (typeof value === "object") {
    return Object.entries(value).flatMap(([name, inner]) => flat(inner, below(path, name)));
  }
  return [[path, String(value)]];
}

function below(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}
