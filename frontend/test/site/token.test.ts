import { expect, test } from "vitest";
import { partOf } from "../../src/site/token";

test("parts of a fragment are read by their names", () => {
  expect(partOf("#token=share.a.b&task=x%2Fy", "token")).toBe("share.a.b");
  expect(partOf("#token=share.a.b&task=x%2Fy", "task")).toBe("x/y");
});

test.each(["", "#", "#token=", "#other=1"])("%o has no token", (fragment) => {
  expect(partOf(fragment, "token")).toBeNull();
});
