import { describe, expect, test } from "vitest";
import {
  complete,
  groupAsked,
  read,
  take,
  terms,
  unknownField,
  withGroup,
} from "../../src/search/query";

describe("what is typed", () => {
  test.each<[string, object]>([
    ["", {}],
    ["cat food", { q: "cat food" }],
    ['"no such  file"', { q: "no such  file" }],
    ['"it never ends', { q: "it never ends" }],
    ["state:failed", { state: ["FAILURE"] }],
    ["state:FAILURE state:lost", { state: ["FAILURE", "LOST"] }],
    [
      "-state:done",
      {
        state: [
          "PENDING",
          "RECEIVED",
          "STARTED",
          "PROGRESS",
          "RETRY",
          "FAILURE",
          "REVOKED",
          "LOST",
        ],
      },
    ],
    ["state:waiting -state:received", { state: ["PENDING"] }],
    ["name:images.*", { name: "images.*" }],
    ["name:resize", { name: "*resize*" }],
    ['name:"images.resize"', { name: "images.resize" }],
    ["queue:media worker:w1", { queue: "media", worker: "*w1*" }],
    ["worker:celery@w1", { worker: "celery@w1" }],
    ["-queue:slow -queue:bulk -name:beat", { not: { queue: ["slow", "bulk"], name: ["*beat*"] } }],
    ["-timeout late", { q: "late", not: { q: ["timeout"] } }],
    ["age:<1h age:>30m", { within: 3600, older: 1800 }],
    ["parent:a root:b group:c", { parent_id: "a", root_id: "b", group_id: "c" }],
    [
      'state:failed name:images.* -queue:slow "timeout"',
      {
        state: ["FAILURE"],
        name: "images.*",
        not: { queue: ["slow"] },
        q: "timeout",
      },
    ],
    // What only looks like a term is words.
    ["ValueError: no", { q: "ValueError: no" }],
    ["http://example.org/?a=1", { q: "http://example.org/?a=1" }],
    ["a - b", { q: "a - b" }],
    ["<img src=x onerror=alert(1)>", { q: "<img src=x onerror=alert(1)>" }],
  ])("as %j asks for %j", (text, query) => {
    expect(read(text)).toEqual({ query, fault: null });
  });

  test.each([
    ["state:finished", "state", "finished"],
    ["age:1h", "age", "1h"],
    ["age:<1y", "age", "<1y"],
    ["name:a name:b", "twice", "b"],
    ["-age:<1h", "not", "<1h"],
    ["queue:", "nothing", ""],
  ])("as %j cannot be asked for, and says why", (text, kind, value) => {
    expect(read(text).fault).toMatchObject({ kind, value });
  });

  test.each([
    ["nmae:foo", "nmae"],
    ["cat -stat:failed", "stat"],
    ['nmae:"a b"', "nmae"],
    ["name:foo", null],
    ['"nmae:foo"', null],
    ["12:30", null],
    ["http://example.com/x:y", null],
    ["ConnectionError: refused", null],
    ["error: refused", null],
  ])("of %j tells the field that there is not: %s", (text, unknown) => {
    expect(unknownField(text)).toBe(unknown);
  });

  test("keeps where each term stands", () => {
    const text = 'a  -queue:slow "b c"';
    expect(terms(text).map(({ from, to }) => text.slice(from, to))).toEqual([
      "a",
      "-queue:slow",
      '"b c"',
    ]);
  });
});

describe("the group of states", () => {
  test.each([
    ["", null],
    ["cat", null],
    ["state:failed cat", "failed"],
    ["state:FAILURE", "failed"],
    ["state:pending", undefined],
    ["state:failed state:lost", undefined],
    ["-state:failed", undefined],
  ] as const)("that %j asks for is %s", (text, group) => {
    expect(groupAsked(text)).toBe(group);
  });

  test("is changed and the rest stays as it was typed", () => {
    const text = 'cat  state:failed "b  c" -state:lost -queue:slow';
    expect(withGroup(text, "done")).toBe('state:done cat "b  c" -queue:slow');
    expect(withGroup(text, null)).toBe('cat "b  c" -queue:slow');
    expect(withGroup("", "done")).toBe("state:done");
  });
});

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

  test("are for the term at the caret, and take its place alone", () => {
    const text = "cat st dog";
    const completion = complete(text, 6, known);
    expect(take(text, completion, "state:")).toEqual(["cat state:dog", 10]);
    const [value, caret] = take("state:f dog", complete("state:f dog", 7, known), "state:failed");
    expect([value, caret]).toEqual(["state:failed dog", 13]);
  });
});
