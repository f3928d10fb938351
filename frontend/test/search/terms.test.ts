import { describe, expect, test } from "vitest";
import { terms, unknownField } from "../../src/search/terms";

describe("a text", () => {
  test.each([
    ["nmae:foo", "nmae"],
    ["cat -stat:failed", "stat"],
    ['nmae:"a b"', "nmae"],
    ["name:foo", null],
    ['"nmae:foo"', null],
    ["12:30", null],
    ["http://example.com/x:y", null],
    ["ConnectionError: refused", null],
    ["args.a:b", null],
    ["rags.a:b", null],
  ])("%j has the unknown field %s", (text, unknown) => {
    expect(unknownField(text)).toBe(unknown);
  });

  test("has the position of each term", () => {
    const text = 'a  -queue:slow "b c"';
    expect(terms(text).map(({ from, to }) => text.slice(from, to))).toEqual([
      "a",
      "-queue:slow",
      '"b c"',
    ]);
  });
});
