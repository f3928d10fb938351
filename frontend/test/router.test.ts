import { describe, expect, test } from "vitest";
import { href, parse, type Route } from "../src/router";

describe("an address", () => {
  test.each<[string, string, Route]>([
    ["/", "", { page: "tasks", group: null, search: "" }],
    ["/", "?state=failed", { page: "tasks", group: "failed", search: "" }],
    ["/", "?state=nonsense", { page: "tasks", group: null, search: "" }],
    ["/", "?q=+cat+food+", { page: "tasks", group: null, search: "cat food" }],
    ["/launch", "", { page: "launch", job: null }],
    ["/mailbox", "", { page: "mailbox", id: null }],
    ["/mailbox/1-a", "", { page: "mailbox", id: "1-a" }],
    ["/mailbox/1/2", "", { page: "none" }],
    ["/launch", "?job=phloem.jobs.countdown", { page: "launch", job: "phloem.jobs.countdown" }],
    ["/tasks/a%2Fb", "", { page: "task", id: "a/b" }],
    ["/tasks/%E0%A4%A", "", { page: "none" }],
    ["/tasks", "", { page: "none" }],
    ["/tasks/a/b", "", { page: "none" }],
    ["/api/v1/tasks", "", { page: "none" }],
    ["/sign-in", "", { page: "none" }],
    ["/workers", "", { page: "workers" }],
    ["/queues/", "", { page: "queues" }],
    ["/schedule/it", "", { page: "none" }],
  ])("%s%s shows %o", (pathname, search, route) => {
    expect(parse(pathname, search)).toEqual(route);
  });

  test.each<Exclude<Route, { page: "none" }>>([
    { page: "tasks", group: null, search: "" },
    { page: "tasks", group: "retrying", search: "" },
    { page: "tasks", group: null, search: "100 % & ä=b#c" },
    { page: "tasks", group: "failed", search: "cat" },
    { page: "task", id: "../x?y#z 100%" },
    { page: "mailbox", id: null },
    { page: "mailbox", id: "1-a" },
    { page: "launch", job: null },
    { page: "launch", job: "a&b=c" },
    { page: "workers" },
    { page: "queues" },
    { page: "schedule" },
  ])("of %o leads back to it", (route) => {
    const { pathname, search } = new URL(href(route), "http://page");
    expect(parse(pathname, search)).toEqual(route);
  });
});
