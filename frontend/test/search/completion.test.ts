import { describe, expect, test } from "vitest";
import { complete, take } from "../../src/search/completion";

describe("proposals", () => {
  const known = { name: ["images.resize", "mail.send", "resize all"], queue: ["celery"] };

  test.each([
    ["st", ["state:"]],
    ["cat na", ["name:"]],
    ["-q", ["-queue:"]],
    ["state:f", ["state:failed"]],
    ["state:failed", []],
    ["name:resize", ['name:"resize all"', "name:images.resize"]],
    ["queue:", ["queue:celery"]],
    ["worker:", []],
    ["", []],
    ["cat ", []],
    ['"st', []],
  ])("for %j are %j", (text, options) => {
    expect(complete(text, text.length, known).options).toEqual(options);
  });

  test("are for the term at the caret, and replace it alone", () => {
    const text = "cat st dog";
    const completion = complete(text, 6, known);
    expect(take(text, completion, "state:")).toEqual(["cat state:dog", 10]);
    const [value, caret] = take("state:f dog", complete("state:f dog", 7, known), "state:failed");
    expect([value, caret]).toEqual(["state:failed dog", 13]);
  });
});
