import { describe, expect, test } from "vitest";
import { href, parse, type Route, SEARCH_LIMIT } from "../../src/browser/router";

describe("an address", () => {
  test.each<[string, string, Route]>([
    ["/", "", { page: "tasks", search: "" }],
    ["/", "?state=failed", { page: "tasks", search: "state:failed" }],
    ["/", "?state=failed&q=cat", { page: "tasks", search: "state:failed cat" }],
    ["/", "?state=nonsense", { page: "tasks", search: "" }],
    ["/", "?q=+cat+food+", { page: "tasks", search: "cat food" }],
    ["/launch", "", { page: "launch", job: null }],
    ["/mailbox", "", { page: "mailbox", id: null }],
    ["/mailbox/1-a", "", { page: "mailbox", id: "1-a" }],
    ["/mailbox/1/2", "", { page: "none" }],
    ["/launch", "?job=phloem.jobs.countdown", { page: "launch", job: "phloem.jobs.countdown" }],
    ["/tasks/a%2Fb", "", { page: "task", id: "a/b" }],
    ["/tasks/%E0%A4%A", "", { page: "none" }],
    ["/tasks", "", { page: "none" }],
    ["/tasks/a/b", "", { page: "task", id: "a/b" }],
    ["/tasks//server/share", "", { page: "task", id: "/server/share" }],
    ["/tasks/", "", { page: "none" }],
    ["/api/v1/tasks", "", { page: "none" }],
    ["/sign-in", "", { page: "none" }],
    ["/workers", "", { page: "workers" }],
    ["/queues/", "", { page: "queues" }],
    ["/now", "", { page: "activity" }],
    ["/wall", "?dim=22-6", { page: "wall" }],
    ["/access", "", { page: "access", part: "sessions" }],
    ["/access/nothing", "", { page: "none" }],
    ["/schedule/it", "", { page: "none" }],
  ])("%s%s shows %o", (pathname, search, route) => {
    expect(parse(pathname, search)).toEqual(route);
  });

  test("is cut at a whole character of a search that is too long", () => {
    const begun = "a".repeat(SEARCH_LIMIT - 1);
    const found = parse("/", `?q=${begun}%F0%9F%90%88`);
    expect(found).toEqual({ page: "tasks", search: begun });
  });

  test("holds a sign for half of a character", () => {
    expect(href({ page: "tasks", search: "cat \ud83d" })).toBe("/?q=cat+%EF%BF%BD");
  });

  test.each<Exclude<Route, { page: "none" }>>([
    { page: "tasks", search: "" },
    { page: "tasks", search: 'state:retrying name:images.* "a b" -queue:slow' },
    { page: "tasks", search: "100 % & ä=b#c" },
    { page: "tasks", search: "cat" },
    { page: "task", id: "../x?y#z 100%" },
    ...[
      "//server/share",
      "nightly/log",
      "a%2Fb",
      "trailing/",
      "new\nline",
      "null\0",
      "back\\slash",
      ".",
      "..",
      "=..",
    ].map((id) => ({ page: "task", id }) as const),
    { page: "mailbox", id: null },
    { page: "mailbox", id: "1-a" },
    { page: "launch", job: null },
    { page: "launch", job: "a&b=c" },
    { page: "workers" },
    { page: "queues" },
    { page: "activity" },
    { page: "access", part: "sessions" },
    { page: "access", part: "audit" },
    { page: "schedule" },
  ])("of %o leads back to it", (route) => {
    const { pathname, search } = new URL(href(route), "http://page");
    expect(parse(pathname, search)).toEqual(route);
  });
});

test("an address of a search can be read", () => {
  expect(href({ page: "tasks", search: "state:failed name:images.* 100 %" })).toBe(
    "/?q=state:failed+name:images.*+100+%25",
  );
});
