import { describe, expect, test } from "vitest";
import { firstFound, inSight, marked, soughtBy } from "../../src/search/found";

describe("what is found in a text", () => {
  test.each([
    ["2 Rows skipped, 3 rows read", "rows", ["2 ", "*Rows", " skipped, 3 ", "*rows", " read"]],
    ["aaa", "a", ["*a", "*a", "*a"]],
    ["none here", "x", ["none here"]],
    ["anything", "", ["anything"]],
    ["İ grows when it is small", "grows", ["İ grows when it is small"]],
    ["<b>bold</b>", "<b>", ["*<b>", "bold</b>"]],
    ["connection refused", "refused|nect", ["con", "*nect", "ion ", "*refused"]],
    ["overlap", "over|verla", ["*overla", "p"]],
  ])("'%s' for '%s' is cut into %o", (text, words, expected) => {
    const cut = marked(text, words.split("|"));
    expect(cut.map((piece) => (piece.found ? `*${piece.text}` : piece.text))).toEqual(expected);
    expect(cut.map((piece) => piece.text).join("")).toBe(text);
  });

  test("is first what stands first, whichever word it is of", () => {
    expect(firstFound("connection refused", ["refused", "conn"])).toEqual([0, 4]);
    expect(firstFound("connection", ["refused"])).toBeNull();
  });
});

test.each([
  ["short: refused", "short: refused"],
  [`${"word ".repeat(10)}refused by the carrier today`, "… word refused by the carrier today"],
  [`${"word ".repeat(10)}refused`, "… word word word word refused"],
  [`${"x".repeat(60)}refused`, `…${"x".repeat(23)}refused`],
  ["nothing of it is in this text, which is long", "nothing of it is in this text, which is long"],
])("of '%s' the word is brought into sight", (text, expected) => {
  expect(inSight(text, ["refused"], 30)).toBe(expected);
});

const NONE = { name: [], label: [], told: [], args: [] };

test.each([
  ["refused", { name: ["refused"], label: ["refused"], told: ["refused"], args: ["refused"] }],
  ["error:Conn*refused state:failed", { ...NONE, told: ["Conn", "refused"] }],
  ['name:images.* label:"ACME Corp"', { ...NONE, name: ["images."], label: ["ACME Corp"] }],
  ["args.customer:acme", { ...NONE, args: ["acme"] }],
  ["-refused -error:late state:failed since:2h", null],
  ["", null],
])("'%s' looks for %o", (search, expected) => {
  expect(soughtBy(search)).toEqual(expected);
});
