/** Why a server refuses a bar, or its token. */

import { afterEach, expect, test, vi } from "vitest";
import { forVisitors, refusalOf } from "../../src/element/refusal";

afterEach(() => vi.unstubAllGlobals());

function answering(status: number, body: string): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(async () => new Response(body, { status }));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

test("asks for the task with the token, and tells the server's sentence", async () => {
  const fetched = answering(401, '{"code":"token_invalid","detail":"No token of mine."}');
  expect(await refusalOf("https://phloem.example/jobs", "abc", "a/b")).toEqual({
    ended: false,
    text: "No token of mine.",
  });
  expect(fetched.mock.calls[0]).toEqual([
    new URL("https://phloem.example/jobs/api/v1/tasks/a%2Fb"),
    { headers: { Authorization: "Bearer abc" } },
  ]);
});

test("tells visitors that the page may not show a task, instead of the right that is missing", () => {
  const said = "You may not do this: it needs the right to see tasks.";
  expect(forVisitors(said, "forbidden")).toBe("This page may not show this task.");
  expect(forVisitors(said, "scope_exceeded")).toBe("This page may not show this task.");
  expect(forVisitors("50 views are open.", "watch_limit")).toBe("50 views are open.");
  expect(forVisitors(null, "")).toBeNull();
});

test.each(["token_expired", "token_revoked"])(
  "tells that a token was good once: %s",
  async (code) => {
    answering(401, JSON.stringify({ code, detail: "It ended." }));
    expect(await refusalOf("https://phloem.example/", "abc", "t1")).toMatchObject({ ended: true });
  },
);

test.each([
  [200, "{}"],
  [404, '{"detail":"No such task."}'],
  [503, '{"detail":"Redis does not answer."}'],
  [401, "<html>"],
  [401, "null"],
])("tells nothing for %i %s", async (status, body) => {
  answering(status, body);
  expect(await refusalOf("https://phloem.example/", "abc", "t1")).toBeNull();
});

test("tells nothing of a server that cannot be reached", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("Failed to fetch");
  });
  expect(await refusalOf("https://phloem.example/", "abc", "t1")).toBeNull();
});
