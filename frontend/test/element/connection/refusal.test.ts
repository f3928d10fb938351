/** Why a server refuses a bar, or its token. */

import { afterEach, expect, test, vi } from "vitest";
import { refusalOfToken, refusalOfWatch } from "../../../src/element/connection/refusal";

afterEach(() => vi.unstubAllGlobals());

function answering(status: number, body: string): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(async () => new Response(body, { status }));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

test("asks for the task with the token, and tells the server's sentence", async () => {
  const fetched = answering(401, '{"code":"token_invalid","detail":"No token of mine."}');
  expect(await refusalOfToken("https://phloem.example/jobs", "abc", "a/b")).toEqual({
    why: "told",
    text: "No token of mine.",
  });
  expect(fetched.mock.calls[0]).toEqual([
    new URL("https://phloem.example/jobs/api/v1/tasks/a%2Fb"),
    { headers: { Authorization: "Bearer abc" } },
  ]);
});

test("tells apart what visitors may not see and what else a server refuses", () => {
  const said = "You may not do this: it needs the right to see tasks.";
  expect(refusalOfWatch(said, "forbidden")?.why).toBe("forbidden");
  expect(refusalOfWatch(said, "scope_exceeded")?.why).toBe("forbidden");
  expect(refusalOfWatch("50 views are open.", "watch_limit")).toEqual({
    why: "told",
    text: "50 views are open.",
  });
  expect(refusalOfWatch(null, "")).toBeNull();
});

test.each(["token_expired", "token_revoked"])(
  "tells that a token was good once: %s",
  async (code) => {
    answering(401, JSON.stringify({ code, detail: "It ended." }));
    expect(await refusalOfToken("https://phloem.example/", "abc", "t1")).toMatchObject({
      why: "expired",
    });
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
  expect(await refusalOfToken("https://phloem.example/", "abc", "t1")).toBeNull();
});

test("tells nothing of a server that cannot be reached", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("Failed to fetch");
  });
  expect(await refusalOfToken("https://phloem.example/", "abc", "t1")).toBeNull();
});
