import { afterEach, expect, test, vi } from "vitest";
import { registry, submit } from "../../src/api/calls";
import { ApiError } from "../../src/api/http";

afterEach(() => {
  vi.unstubAllGlobals();
});

test("an answer that is no success is an error with its status and sentence", async () => {
  const body = JSON.stringify({ detail: "width: came 'x', expected a whole number" });
  vi.stubGlobal("fetch", async () => new Response(body, { status: 422 }));
  const problem = await submit("jobs.resize", { width: "x" }).catch((reason: unknown) => reason);
  expect(problem).toBeInstanceOf(ApiError);
  expect(problem).toMatchObject({
    status: 422,
    message: "width: came 'x', expected a whole number",
  });
});

test("no answer is an error of its own", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("failed to fetch");
  });
  await expect(registry()).rejects.toThrow("The server does not answer.");
});

test.each([
  ["did not come", () => Promise.reject(new TypeError("failed to fetch"))],
  ["broke off", async () => new Response('{"id": "t', { status: 202 })],
])("a launch whose answer %s may have been carried out", async (_, fetch) => {
  vi.stubGlobal("fetch", fetch);
  await expect(submit("jobs.countdown", {})).rejects.toThrow(
    "The server did not answer. It may have launched the task all the same",
  );
});

test("a task is submitted by name with named arguments", async () => {
  const calls: [string, RequestInit][] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    calls.push([path, init]);
    return new Response('{"id": "t1", "url": "/api/v1/tasks/t1"}', { status: 202 });
  });
  expect((await submit("jobs.countdown", { duration: 10 })).id).toBe("t1");
  const [[path, init] = ["", {}]] = calls;
  expect([path, init.method, init.body]).toEqual([
    "/api/v1/tasks",
    "POST",
    '{"name":"jobs.countdown","kwargs":{"duration":10}}',
  ]);
});
