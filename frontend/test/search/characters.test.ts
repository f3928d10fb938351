import { describe, expect, test } from "vitest";
import { beginning, wellFormed } from "../../src/search/characters";

describe("a text", () => {
  test.each([
    ["cat", 3, "cat"],
    ["cats", 3, "cat"],
    ["ca🐈", 3, "ca"],
    ["ca🐈", 4, "ca🐈"],
    ["🐈🐈", 2, "🐈"],
    ["", 0, ""],
  ])("%j is cut at %i to whole characters: %j", (text, limit, whole) => {
    expect(beginning(text, limit)).toBe(whole);
  });

  test.each([
    ["a\ud83d", "a\ufffd"],
    ["\udc08a", "\ufffda"],
    ["a🐈", "a🐈"],
  ])("%j has no half of a character: %j", (text, whole) => {
    expect(wellFormed(text)).toBe(whole);
  });
});
