import { expect, test } from "vitest";
import examples from "../../examples/package-lock.json?raw";
import lock from "../../package-lock.json?raw";

test.each([
  ["the page", lock],
  ["the examples", examples],
])(
  "the lock file of %s names packages and checksums, and no address to take them from",
  (_, lock) => {
    expect(lock).not.toMatch(/"resolved"|https?:|registry/);
  },
);
