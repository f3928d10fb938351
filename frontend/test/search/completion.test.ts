import { describe, expect, test } from "vitest";
import { complete, take } from "../../src/search/completion";

describe("proposals", () => {
  const known = {
    name: ["images.resize", "mail.send", "resize all"],
    queue: ["celery"],
    label: ["ACME Corp", 'the "best"'],
    error: ["ConnectionError", "TimeoutError"],
    arguments: { customer: ["acme", "globex"], count: ["3"] },
  };
  const texts = (text: string, caret: number, all?: boolean) =>
    complete(text, caret, known, all).options.map((option) => option.text);

  test.each([
    ["st", ["state:"]],
    ["cat na", ["name:"]],
    ["-q", ["-queue:"]],
    ["state:f", ["state:failed"]],
    ["state:failed", []],
    ["name:resize", ['name:"resize all"', "name:images.resize"]],
    ["queue:", ["queue:celery"]],
    ["worker:", []],
    ["label:ac", ['label:"ACME Corp"']],
    ["-label:best", ['-label:"the *best*"']],
    ['label:"ac', ['label:"ACME Corp"']],
    ["error:time", ["error:TimeoutError"]],
    ["since:m", ["since:midnight", "since:15m"]],
    ["ar", ["args."]],
    ["-args.", ["-args.count:", "-args.customer:"]],
    ["args.cust", ["args.customer:"]],
    ["args.customer:g", ["args.customer:globex"]],
    ["args.supplier:g", []],
    ["gr", ["group_id:"]],
    ["", []],
    ["cat ", []],
    ['"st', []],
  ])("for %j are %j", (text, options) => {
    expect(texts(text, text.length)).toEqual(options);
  });

  test("are all keys where nothing is begun and one asks for them", () => {
    expect(texts("", 0)).toEqual([]);
    expect(texts("", 0, true)).toContain("error:");
    expect(texts("cat ", 4, true)).toContain("since:");
    expect(texts("cat ", 4, true)).not.toContain("group:");
    expect(texts("state:f", 7, true)).toEqual(["state:failed"]);
  });

  test("are for the term at the caret, and replace it alone", () => {
    const text = "cat st dog";
    const completion = complete(text, 6, known);
    expect(take(text, completion, { text: "state:", key: "state" })).toEqual(["cat state:dog", 10]);
    const [value, caret] = take("state:f dog", complete("state:f dog", 7, known), {
      text: "state:failed",
      key: null,
    });
    expect([value, caret]).toEqual(["state:failed dog", 13]);
  });
});
