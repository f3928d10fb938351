import { describe, expect, test } from "vitest";
import { GROUPS } from "../../src/contract/groups";
import { STATES } from "../../src/contract/messages";
import { read } from "../../src/search/query";

/** The 30th of November 2026, at 09:15 in UTC. */
const present = { now: Date.UTC(2026, 10, 30, 9, 15) / 1000, zone: "utc" } as const;

const many = (term: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${term}${i}`).join(" ");

describe("a search", () => {
  test.each<[string, object]>([
    ["", {}],
    ["cat food", { q: "cat food" }],
    ['"no such  file"', { q: '"no such  file"' }],
    ['"it never ends', { q: '"it never ends"' }],
    ['cat "no such file" "dog"', { q: 'cat "no such file" dog' }],
    ['-"no such file"', { not: { q: ["no such file"] } }],
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
    ["state:failed -state:failed", { state: ["FAILURE"], not: { state: ["FAILURE"] } }],
    [
      `${GROUPS.map(({ key }) => `-state:${key}`).join(" ")} -queue:slow`,
      { not: { state: STATES, queue: ["slow"] } },
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
    ["parent:a root:b group_id:c", { parent_id: "a", root_id: "b", group_id: "c" }],
    ['label:acme -label:"ACME Corp"', { label: "*acme*", not: { label: ["ACME Corp"] } }],
    ['error:Timeout -error:"no route"', { error: "Timeout", not: { error: ["no route"] } }],
    ["ran:>10s ran:<=1.5m", { ran: [">10s", "<=1.5m"] }],
    ["waited:>=250ms tries:>1", { waited: [">=250ms"], tries: [">1"] }],
    ["tries:2", { tries: ["2"] }],
    ["args.customer:ACME args.0:7", { args: { customer: "ACME", 0: "7" } }],
    [
      '-args.order.id:17 args.to:"a b"',
      { args: { to: "a b" }, not: { args: { "order.id": "17" } } },
    ],
    ["since:2h until:30m", { since: "2h", until: "30m" }],
    ["since:2026-11-30T10:00+01:00", { since: "2026-11-30T10:00+01:00" }],
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
    ['cat "" -"" -"', { q: "cat" }],
    ["args: args.x xargs.y:1", { q: "args: args.x xargs.y:1" }],
    ["<img src=x onerror=alert(1)>", { q: "<img src=x onerror=alert(1)>" }],
  ])("%j asks for %j", (text, query) => {
    expect(read(text, present)).toEqual({ query, fault: null, turns: null });
  });

  test.each([
    ["state:finished", "state", "finished"],
    ["age:1h", "age", "1h"],
    ["age:<1y", "age", "<1y"],
    ["name:a name:b", "twice", "b"],
    ["-age:<1h", "not", "<1h"],
    ["queue:", "nothing", ""],
    ["state:", "nothing", ""],
    ["-state: cat", "nothing", ""],
    ["state:done state:finished queue:", "state", "finished"],
    ["since:noon", "moment", "noon"],
    ["until:25:00", "moment", "25:00"],
    ["since:0h", "moment", "0h"],
    ["-since:2h", "not", "2h"],
    ["since:1h since:2h", "twice", "2h"],
    ["ran:10s", "duration", "10s"],
    ["waited:>soon", "duration", ">soon"],
    ["-ran:>10s", "not", ">10s"],
    ["tries:>1.5", "count", ">1.5"],
    ["group:c", "group", "c"],
    ["age:<0s", "age", "<0s"],
    ["age:>9999999w", "age", ">9999999w"],
    ["since:999999999w", "moment", "999999999w"],
    ["since:2026-02-30T10:00Z", "moment", "2026-02-30T10:00Z"],
    [many("x", 21), "words", "x20"],
    [many("-x", 11), "unwanted", "x10"],
    [many("-error:x", 11), "unwanted", "x10"],
    [many("-queue:x", 51), "unwanted", "x50"],
    [many("-name:x", 11), "unwanted", "x10"],
    [`queue:${"*".repeat(21)}`, "stars", "*".repeat(21)],
    [`-args.a:${"*".repeat(21)}`, "stars", "*".repeat(21)],
    [many("ran:>", 5), "often", ">4"],
    [Array.from({ length: 11 }, (_, i) => `args.a${i}:x`).join(" "), "arguments", "x"],
    ["args.a:1 args.a:2", "twice", "2"],
    ["args.a:", "nothing", ""],
  ])("as %j has a fault", (text, kind, value) => {
    expect(read(text, present).fault).toMatchObject({ kind, value });
  });

  test.each([
    ["as many words as the server takes", many("x", 20)],
    ["words that are the same", `${many("x", 20)} X0`],
    ["as many excluded words as it takes", many("-x", 10)],
    ["as many excluded queues as it takes", many("-queue:x", 50)],
    ["excluded names that are the same", Array(30).fill("-name:x").join(" ")],
    ["asterisks in an error", `error:${"*".repeat(21)}`],
  ])("of %s has no fault", (_, text) => {
    expect(read(text, present).fault).toBeNull();
  });
});
