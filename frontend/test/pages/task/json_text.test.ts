import { expect, test } from "vitest";
import { prettyText, treeOf } from "../../../src/pages/task/json_text";

test("JSON is indented", () => {
  expect(prettyText('{"a":1}')).toBe('{\n  "a": 1\n}');
});

test("text that was cut off, or holds numbers too long for JavaScript, stays as it is", () => {
  expect(prettyText('{"a": [1, 2, …')).toBe('{"a": [1, 2, …');
  expect(prettyText('{"id":12345678901234567890}')).toBe('{"id":12345678901234567890}');
});

test.each([
  ['{"a":[1]}', { a: [1] }],
  ["[]", []],
  ["12", null],
  ["null", null],
  ['{"a": [1, 2, …', null],
  ['{"id":12345678901234567890}', null],
])("the tree of %s is %j", (given, tree) => {
  expect(treeOf(given)).toEqual(tree);
});
