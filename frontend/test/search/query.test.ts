import { describe, expect, test } from "vitest";
import { read } from "../../src/search/query";

describe("a search", () => {
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
    // Words that only look like terms.
    ["ValueError: no", { q: "ValueError: no" }],
    ["http://example.org/?a=1", { q: "http://example.org/?a=1" }],
    ["a - b", { q: "a - b" }],
    ["<img src=x onerror=alert(1)>", { q: "<img src=x onerror=alert(1)>" }],
  ])("%j asks for %j", (text, query) => {
    expect(read(text)).toEqual({ query, fault: null });
  });

  test.each([
    ["state:finished", "state", "finished"],
    ["age:1h", "age", "1h"],
    ["age:<1y", "age", "<1y"],
    ["name:a name:b", "twice", "b"],
    ["-age:<1h", "not", "<1h"],
    ["queue:", "nothing", ""],
  ])("as %j has a fault", (text, kind, value) => {
    expect(read(text).fault).toMatchObject({ kind, value });
  });
});
