import { describe, expect, test } from "vitest";
import { canStayOpen, type Field, type Raw } from "../../../src/pages/launch/fields";
import { fields, takesAnything } from "../../../src/pages/launch/schema";
import { field } from "../../support/fields";

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

  test("of one for each kind of arguments where nothing is known of them", () => {
    const unknown = { type: "object", properties: {}, required: [], additionalProperties: true };
    expect(fields(unknown).map(({ name, kind }) => [name, kind])).toEqual([
      ["args", "json"],
      ["kwargs", "json"],
    ]);
    expect(takesAnything(unknown)).toBe(true);
    const nothing = { ...unknown, additionalProperties: false };
    const known = { ...unknown, properties: { size: { type: "integer" } } };
    expect([nothing, known].map(takesAnything)).toEqual([false, false]);
    expect(fields(nothing)).toEqual([]);
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
    [
      {
        anyOf: [
          { type: "string", maxLength: 9 },
          { type: "array", items: { maxLength: 9, type: "string" } },
        ],
      },
      "lines",
      "",
      false,
    ],
    [
      { anyOf: [{ type: "string" }, { type: "array", items: { type: "integer" } }] },
      "json",
      "",
      false,
    ],
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

describe("a field for several files", () => {
  const one = { type: "string", format: "upload", accept: ["image/png"] };
  const several = { type: "array", items: one, maxItems: 2 };

  test.each([[several], [{ anyOf: [one, several] }], [{ anyOf: [several, { type: "null" }] }]])(
    "comes from %o",
    (property) => {
      expect(field(property)).toMatchObject({ kind: "uploads", accept: ["image/png"] });
    },
  );
});
