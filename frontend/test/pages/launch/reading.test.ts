import { describe, expect, test } from "vitest";
import type { Raw } from "../../../src/pages/launch/fields";
import { read } from "../../../src/pages/launch/reading";
import { field } from "../../support/fields";

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

describe("an empty field", () => {
  const nullable = { anyOf: [{ type: "integer" }, { type: "null" }] };

  test("that is required is an error, unless it may be null", () => {
    expect(read(field({ type: "integer" }, true), "")).toEqual({ error: "This is needed." });
    expect(read(field({ type: "string", format: "upload" }, true), "")).toEqual({
      error: "This is needed.",
    });
    expect(read(field(nullable, true), "")).toEqual({ value: null });
  });

  test("that was empty at first is left out", () => {
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

  test("may be separated by commas and blanks when they are mail addresses", () => {
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

  test("are none when a default was emptied, and left out when there was none", () => {
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
