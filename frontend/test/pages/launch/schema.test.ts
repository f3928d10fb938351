import { describe, expect, test } from "vitest";
import {
  canStayOpen,
  type Field,
  fields,
  fileFault,
  filesFault,
  type Raw,
  read,
} from "../../../src/pages/launch/schema";

/** The field of a schema's one property. */
function field(property: unknown, required = false, $defs = {}): Field {
  const schema = {
    type: "object",
    properties: { it: property },
    required: required ? ["it"] : [],
    $defs,
  };
  const [only] = fields(schema);
  if (!only) throw new Error("no field");
  return only;
}

describe("a schema becomes fields", () => {
  test("in its own order, with labels and help", () => {
    const form = fields({
      properties: {
        upload: { type: "string", format: "upload" },
        max_width: { type: "integer", description: "In pixels." },
        fit: { title: "How it fits", enum: ["inside", "cover"] },
      },
      required: ["upload"],
    });
    expect(
      form.map(({ name, label, kind, required, help }) => [name, label, kind, required, help]),
    ).toEqual([
      ["upload", "Upload", "upload", true, null],
      ["max_width", "Max width", "integer", false, "In pixels."],
      ["fit", "How it fits", "choice", false, null],
    ]);
  });

  test.each<[unknown, Field["kind"], Raw, boolean]>([
    [{ type: "number", default: 10 }, "number", "10", false],
    [{ type: "integer", default: 0 }, "integer", "0", false],
    [{ type: "string", default: "x" }, "text", "x", false],
    [{ type: "boolean", default: true }, "flag", true, false],
    [{ type: "boolean" }, "flag", false, false],
    [{ enum: ["a", "b"], default: "b" }, "choice", "1", false],
    [{ const: "a" }, "choice", "", false],
    [{ anyOf: [{ type: "integer" }, { type: "null" }], default: null }, "integer", "", true],
    [{ type: ["string", "null"], default: "x" }, "text", "x", true],
    [{ anyOf: [{ type: "boolean" }, { type: "null" }], default: false }, "choice", "1", true],
    [{ anyOf: [{ type: "integer" }, { type: "string" }] }, "json", "", false],
    [{ type: "array", items: { type: "integer" }, default: [1, 2] }, "json", "[1,2]", false],
    [{ type: "array" }, "json", "", false],
    [{ type: "array", items: { enum: ["a"] } }, "json", "", false],
    [{ type: "array", items: { type: "string" }, default: ["a", "b"] }, "lines", "a\nb", false],
    [{ type: "string", format: "multiline", default: "x" }, "paragraphs", "x", false],
    [{ type: "string", format: "date" }, "date", "", false],
    [{ type: "array", items: { type: "string", format: "upload" } }, "uploads", "", false],
    [{}, "json", "", false],
    [true, "json", "", false],
  ])("%o is a field of kind %s", (property, kind, initial, nullable) => {
    expect(field(property)).toMatchObject({ kind, initial, nullable });
  });

  test.each<[unknown, string | null]>([
    [
      { type: "object", description: "more about it" },
      'more about it. As JSON, such as {"name": "value"}.',
    ],
    [{ type: "array", description: "All." }, "All. As a JSON list, such as [1, 2]."],
    [{}, 'As JSON: 42, true, "a text in quotes".'],
    [{ type: "string", description: "a name" }, "a name"],
  ])("%o says how it is written: %j", (property, help) => {
    expect(field(property).help).toBe(help);
  });

  test.each([
    [{ enum: ["a", "b"], default: "b" }, false, false],
    [{ enum: ["a", "b"] }, false, true],
    [{ enum: ["a", "b"] }, true, true],
    [{ anyOf: [{ enum: ["a"] }, { type: "null" }], default: "a" }, false, true],
  ])("%o, needed: %s, can stay open: %s", (property, required, open) => {
    expect(canStayOpen(field(property, required))).toBe(open);
  });

  test("through references, whose own default wins", () => {
    const $defs = { Fit: { enum: ["inside", "cover"], default: "cover" } };
    expect(field({ $ref: "#/$defs/Fit", default: "inside" }, false, $defs)).toMatchObject({
      kind: "choice",
      initial: "0",
    });
    expect(
      field({ anyOf: [{ $ref: "#/$defs/Fit" }, { type: "null" }] }, false, $defs).nullable,
    ).toBe(true);
  });

  test.each<[unknown, Field["kind"], boolean]>([
    [{ type: "string", format: "password" }, "text", true],
    [{ format: "password" }, "text", true],
    [{ anyOf: [{ type: "string" }, { type: "null" }], format: "password" }, "text", true],
    [{ type: "integer", format: "password" }, "integer", true],
    [{ type: "object", format: "password" }, "json", false],
    [{ type: "string" }, "text", false],
  ])("%o is a field of kind %s, and hidden: %s", (property, kind, secret) => {
    expect(field(property)).toMatchObject({ kind, secret, initial: "" });
  });

  test("even when a reference leads to itself or nowhere", () => {
    expect(field({ $ref: "#/$defs/A" }, false, { A: { $ref: "#/$defs/A" } }).kind).toBe("json");
    expect(field({ $ref: "#/$defs/B" }).kind).toBe("json");
  });

  test("and to none where there are no properties", () => {
    expect(fields({ type: "object" })).toEqual([]);
    expect(fields(null)).toEqual([]);
  });
});

describe("what is typed", () => {
  test.each<[unknown, Raw, unknown]>([
    [{ type: "number" }, " 2.5 ", 2.5],
    [{ type: "number" }, "1e3", 1000],
    [{ type: "integer" }, "-4", -4],
    [{ type: "string" }, " as it is ", " as it is "],
    [{ type: "boolean" }, true, true],
    [{ enum: ["a", 7, null] }, "1", 7],
    [{ type: "array" }, "[1, 2]", [1, 2]],
    [{ type: "string", pattern: "^a+$" }, "aaa", "aaa"],
    [{ type: "string", pattern: "(" }, "left to the server", "left to the server"],
  ])("into %o as %o means %o", (property, raw, value) => {
    expect(read(field(property), raw)).toEqual({ value });
  });

  test.each<[unknown, Raw, string]>([
    [{ type: "number" }, "ten", "A number is needed."],
    [{ type: "number" }, "Infinity", "A number is needed."],
    [{ type: "integer" }, "2.5", "A whole number is needed."],
    [{ type: "integer", minimum: 16 }, "12", "At least 16."],
    [{ type: "number", maximum: 3600 }, "3600.1", "At most 3600."],
    [{ type: "number", exclusiveMinimum: 0 }, "0", "More than 0."],
    [{ type: "number", exclusiveMaximum: 1 }, "1", "Less than 1."],
    [{ type: "string", minLength: 3 }, "ab", "At least 3\u00a0characters."],
    [{ type: "string", maxLength: 2 }, "🦠🦠🦠", "At most 2\u00a0characters."],
    [{ type: "string", pattern: "^a+$" }, "b", "It has to match ^a+$."],
    [{ type: "string", pattern: "^a+$", examples: ["aaa"] }, "b", "It has to look like aaa."],
    [
      { type: "string", pattern: "^https?://", format: "uri" },
      "notaurl",
      "An address is needed, such as https://example.com/file.",
    ],
    [{ type: "array" }, "[1,", "This is not valid JSON."],
    [{ anyOf: [{ type: "integer", minimum: 16 }, { type: "null" }] }, "3", "At least 16."],
  ])("into %o as %o is answered '%s'", (property, raw, error) => {
    expect(read(field(property), raw)).toEqual({ error });
  });
});

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

  test("over the limit is said with both sizes", () => {
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

  test.each([[several], [{ anyOf: [one, several] }], [{ anyOf: [several, { type: "null" }] }]])(
    "are taken by %o",
    (property) => {
      expect(field(property)).toMatchObject({ kind: "uploads", accept: ["image/png"] });
    },
  );

  test("are refused for the first that does not fit, and where they are too many", () => {
    expect(filesFault(field(several), [file("a.png"), file("b.png")], null)).toBeNull();
    expect(filesFault(field(several), [file("a.png"), file("b.txt", "text/plain")], null)).toBe(
      "b.txt is no PNG picture.",
    );
    expect(filesFault(field(several), [file("a"), file("b"), file("c")], null)).toBe(
      "At most 2 files.",
    );
  });
});

describe("an empty field", () => {
  const nullable = { anyOf: [{ type: "integer" }, { type: "null" }] };

  test("that is required is asked for, unless it may be null", () => {
    expect(read(field({ type: "integer" }, true), "")).toEqual({ error: "This is needed." });
    expect(read(field({ type: "string", format: "upload" }, true), "")).toEqual({
      error: "This is needed.",
    });
    expect(read(field(nullable, true), "")).toEqual({ value: null });
  });

  test("that was empty from the start is left out", () => {
    expect(read(field({ type: "integer" }), "")).toEqual({ value: undefined });
    expect(read(field({ ...nullable, default: null }), "")).toEqual({ value: undefined });
  });

  test("that had a default and was emptied means nothing, not the default", () => {
    expect(read(field({ ...nullable, default: 7 }), "")).toEqual({ value: null });
    expect(read(field({ type: "string", default: "x" }), "")).toEqual({ value: "" });
  });
});

describe("several values in one field", () => {
  const names = {
    type: "array",
    items: { type: "string", maxLength: 5 },
    minItems: 1,
    maxItems: 3,
  };
  const email = { type: "string", format: "email", pattern: "^[^@\\s]+@[^@\\s]+$" };

  test("are its lines, without those that are empty", () => {
    expect(read(field(names, true), "a b\n\n  c \r\n")).toEqual({ value: ["a b", "c"] });
  });

  test("are mail addresses also between commas and blanks", () => {
    const emails = field({ type: "array", items: email }, true);
    expect(read(emails, "a@b, c@d;e@f")).toEqual({ value: ["a@b", "c@d", "e@f"] });
    expect(read(emails, "a@b, c")).toEqual({
      error: "c: A mail address is needed, such as ann@example.com.",
    });
  });

  test.each([
    ["", "This is needed."],
    ["a\nb\nc\nd", "At most 3."],
    ["a\ntoo long", "too long: At most 5\u00a0characters."],
  ])("%o is refused: %s", (typed, error) => {
    expect(read(field(names, true), typed)).toEqual({ error });
  });

  test("are none where a default was emptied, and left out where there was none", () => {
    const schema = { type: "array", items: { type: "string" } };
    expect(read(field({ ...schema, default: ["a"] }), "")).toEqual({ value: [] });
    expect(read(field(schema), " ")).toEqual({ value: undefined });
  });

  test("a text of several lines keeps them", () => {
    const body = field({ type: "string", format: "multiline", maxLength: 9 }, true);
    expect(read(body, " a\n\nb ")).toEqual({ value: " a\n\nb " });
    expect(read(body, "0123456789")).toEqual({ error: "At most 9\u00a0characters." });
  });
});
