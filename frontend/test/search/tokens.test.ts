import { describe, expect, test } from "vitest";
import { pieces, tokenBefore } from "../../src/search/tokens";

describe("the tokens of a search", () => {
  test("are its terms with a key and a value", () => {
    const text = 'cat -state:failed  label:"A B" queue: x';
    expect(pieces(text, null).map((piece) => [piece.text, piece.token])).toEqual([
      ["cat ", false],
      ["-state:failed", true],
      ["  ", false],
      ['label:"A B"', true],
      [" queue: x", false],
    ]);
    expect(pieces("", null)).toEqual([]);
  });

  test("show which of them cannot be asked for", () => {
    const fault = { kind: "moment", key: "since", value: "noon" } as const;
    const wrong = pieces("since:noon until:noon args.since:noon", fault).filter(
      (piece) => piece.wrong,
    );
    expect(wrong.map((piece) => piece.text)).toEqual(["since:noon"]);
  });

  test.each([
    ["cat state:failed ", 17, { from: 4, to: 17 }],
    ["state:failed cat", 13, { from: 0, to: 13 }],
    ["state:failed", 12, null],
    ["cat ", 4, null],
    ["state: ", 7, null],
    ["", 0, null],
  ])("in %j before %i: %j", (text, caret, token) => {
    expect(tokenBefore(text, caret)).toEqual(token);
  });
});
