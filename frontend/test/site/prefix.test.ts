import { expect, test } from "vitest";
import { below, prefixOf } from "../../src/site/prefix";

test("the prefix is the path of the page's root, without the slash at its end", () => {
  expect(prefixOf("/phloem/")).toBe("/phloem");
  expect(prefixOf("/tools/phloem/")).toBe("/tools/phloem");
  expect(prefixOf("/")).toBe("");
});

test("there is no prefix where nobody filled it in", () => {
  expect(prefixOf("./")).toBe("");
  expect(prefixOf("")).toBe("");
});

test("a path below the prefix loses it, and any other leads elsewhere", () => {
  expect(below("/phloem/tasks/1", "/phloem")).toBe("/tasks/1");
  expect(below("/phloem/", "/phloem")).toBe("/");
  expect(below("/phloemish/", "/phloem")).toBeNull();
  expect(below("/", "/phloem")).toBeNull();
  expect(below("/tasks/1", "")).toBe("/tasks/1");
});
