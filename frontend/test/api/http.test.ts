import { expect, test } from "vitest";
import { ApiError, sentence } from "../../src/api/http";

test("a failure is described in the server's words", () => {
  expect(sentence(422, { title: "Unknown task", detail: "no worker runs x.y" })).toBe(
    "no worker runs x.y",
  );
  expect(sentence(413, { title: "Too large" })).toBe("Too large");
  expect(sentence(502, null)).toBe("The server answered with status 502 and no reason.");
  expect(sentence(500, "<html>")).toBe("The server answered with status 500 and no reason.");
});

test.each([
  [0, true],
  [422, false],
  [500, false],
  [503, true],
])("status %i is part of an outage: %s", (status, passing) => {
  expect(new ApiError(status, "").passing).toBe(passing);
});
