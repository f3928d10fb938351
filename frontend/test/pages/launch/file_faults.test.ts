import { describe, expect, test } from "vitest";
import { fileFault, filesFault } from "../../../src/pages/launch/file_faults";
import { field } from "../../support/fields";

describe("a chosen file", () => {
  const picture = field({ type: "string", format: "upload", accept: ["image/jpeg", "image/webp"] });
  const any = field({ type: "string", format: "upload" });

  test.each([
    [picture, "a.txt", "text/plain", "a.txt is no JPEG or WebP picture."],
    [picture, "a.jpg", "image/jpeg", null],
    [picture, "a", "", null],
    [any, "a.txt", "text/plain", null],
    [field({ accept: ["image/*"] }), "a.heic", "image/heic", null],
    [field({ accept: ["image/*"] }), "a.txt", "text/plain", "a.txt is no picture."],
    [field({ accept: ["text/csv"] }), "a.txt", "text/plain", "a.txt is no CSV file."],
  ])(
    "where %o is asked for, named %s and of type %s, is answered '%s'",
    (field, name, type, said) => {
      expect(fileFault(field, { name, type, size: 10 }, null)).toBe(said);
    },
  );

  test("over the limit is described with both sizes", () => {
    const file = { name: "a.jpg", type: "image/jpeg", size: 2000 };
    expect(fileFault(any, file, 1000)?.replaceAll("\u00a0", " ")).toBe(
      "This file has 2.0 kB; the limit is 1.0 kB.",
    );
    expect(fileFault(any, file, 2000)).toBeNull();
  });
});

describe("several files", () => {
  const one = { type: "string", format: "upload", accept: ["image/png"] };
  const several = { type: "array", items: one, maxItems: 2 };
  const file = (name: string, type = "image/png") => ({ name, type, size: 10 });

  test("are refused for the first that does not fit, or when they are too many", () => {
    expect(filesFault(field(several), [file("a.png"), file("b.png")], null)).toBeNull();
    expect(filesFault(field(several), [file("a.png"), file("b.txt", "text/plain")], null)).toBe(
      "b.txt is no PNG picture.",
    );
    expect(filesFault(field(several), [file("a"), file("b"), file("c")], null)).toBe(
      "At most 2 files.",
    );
  });
});
