/** Tokens that are renewed before they expire. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { contentOf } from "../../../src/contract/share";
import { fetched, Renewal } from "../../../src/element/connection/renewal";

const START = 1_000_000;

/** A token as the server makes it, that expires after so many seconds. */
function token(seconds: number, id = ""): string {
  const content = btoa(JSON.stringify({ id, task: "4f2a>?", exp: START + seconds }));
  return `share.${content.replace(/=*$/, "").replaceAll("+", "-").replaceAll("/", "_")}.signature`;
}

const heard: string[] = [];
const now = () => Date.now() / 1000;

function renewal(first: string | null): Renewal {
  return new Renewal(
    first,
    now,
    (next) => heard.push(next),
    () => heard.push("failed"),
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(1000 * START);
  vi.spyOn(console, "warn").mockImplementation(() => {});
  heard.length = 0;
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test.each([
  [token(60), { id: "", task: "4f2a>?", exp: START + 60 }],
  ["share.e30.x", {}],
  ["share.MQ.x", null],
  ["password", null],
  ["share.%.x", null],
  [null, null],
])("a token tells what it is for: %s", (text, content) => {
  expect(contentOf(text)).toEqual(content);
});

test("a token may be for a task with any name", () => {
  const bytes = new TextEncoder().encode('{"task":"größe ∞"}');
  const text = `share.${btoa(String.fromCharCode(...bytes))}.x`;
  expect(contentOf(text)).toEqual({ task: "größe ∞" });
});

describe("a renewal", () => {
  test("asks a minute before a token expires, and goes on with the next one", async () => {
    const given = [token(7200), token(10_800)];
    renewal(token(3600)).add(() => given.shift());
    await vi.advanceTimersByTimeAsync(3_539_000);
    expect(heard).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(heard).toEqual([token(7200)]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(heard).toEqual([token(7200), token(10_800)]);
  });

  test("asks for one that lasts short before the last fifth of its time", async () => {
    renewal(token(10)).add(() => token(3600));
    await vi.advanceTimersByTimeAsync(7_900);
    expect(heard).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(heard).toEqual([token(3600)]);
  });

  test("waits for one that lasts longer than a timer can", async () => {
    const asked = vi.fn(() => token(1e8));
    renewal(token(60 * 86_400)).add(asked);
    await vi.advanceTimersByTimeAsync(59 * 86_400_000);
    expect(asked).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test.each([
    ["nothing", () => null],
    ["a page to sign in", () => "<!doctype html>"],
    ["the same token", () => token(10)],
    ["an error", () => Promise.reject(new Error("401"))],
  ])("that gets %s asks again, after longer and longer pauses", async (_, way) => {
    const asked = vi.fn(way);
    renewal(token(10)).add(asked);
    await vi.advanceTimersByTimeAsync(8_100);
    expect(heard).toEqual(["failed"]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(asked.mock.calls.length).toBeLessThan(80);
  });

  test("asks the next way where one gives no token", async () => {
    const kept = renewal(token(10));
    kept.add(() => null);
    kept.add(() => token(3600));
    await vi.advanceTimersByTimeAsync(8_100);
    expect(heard).toEqual([token(3600)]);
  });

  test("asks at once for a token that the server refuses, and nobody where there is no way", async () => {
    const kept = renewal("of another kind");
    expect(kept.refused()).toBe(false);
    const without = kept.add(() => token(3600));
    await vi.advanceTimersByTimeAsync(10);
    expect(heard).toEqual([token(3600)]);
    expect(kept.token).toBe(token(3600));
    without();
    expect(kept.refused()).toBe(false);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(heard).toEqual([token(3600)]);
  });

  test("asks after longer and longer pauses where each token is refused as soon as it is given", async () => {
    let given = 0;
    const kept = renewal(token(3600));
    kept.add(() => {
      given += 1;
      return token(3600, String(given));
    });
    for (let refused = -1, second = 0; second < 60; second += 0.1) {
      if (given > refused) expect(kept.refused()).toBe(given === 0);
      refused = given;
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(given).toBeGreaterThan(3);
    expect(given).toBeLessThan(8);
  });

  test("does not ask without end for tokens that have expired when they come", async () => {
    const asked = vi.fn(() => token(1, String(now())));
    renewal(token(1)).add(asked);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked.mock.calls.length).toBeLessThan(20);
  });
});

test.each(["abc", '{"token": "abc"}', "  abc\n"])("an address answers %j", async (body) => {
  vi.stubGlobal("document", { baseURI: "https://shop.example/orders/7" });
  const asked = vi.fn(async () => new Response(body));
  vi.stubGlobal("fetch", asked);
  expect(await fetched("/token")).toBe("abc");
  expect(asked).toHaveBeenCalledWith(new URL("https://shop.example/token"), {
    cache: "no-store",
    credentials: "same-origin",
  });
});

test("an address that answers an error gives no token", async () => {
  vi.stubGlobal("document", { baseURI: "https://shop.example/" });
  vi.stubGlobal("fetch", async () => new Response("sorry", { status: 403 }));
  await expect(fetched("/token")).rejects.toThrow("answered 403");
});
