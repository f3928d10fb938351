import { expect, test } from "vitest";
import lock from "../package-lock.json?raw";

test("the lock file names packages and checksums, and no address to take them from", () => {
  expect(lock).not.toMatch(/"resolved"|https?:|registry/);
});
