import { describe, expect, test } from "vitest";
import { isPicture, readResult } from "../../../../src/pages/task/result/result";

describe("a result", () => {
  test.each([
    [null, { kind: "nothing" }],
    ["null", { kind: "nothing" }],
    ["None", { kind: "nothing" }],
    ['"12 rows written"', { kind: "text", text: "12 rows written" }],
    ["<Response [200]>", { kind: "text", text: "<Response [200]>" }],
    ["42", { kind: "json", text: "42" }],
    ['{"a":1}', { kind: "json", text: '{\n  "a": 1\n}' }],
    ['{"files":[]}', { kind: "json", text: '{\n  "files": []\n}' }],
    ['{"files":["no id"]}', { kind: "json", text: '{\n  "files": [\n    "no id"\n  ]\n}' }],
  ])("of %s is %o", (result, read) => {
    expect(readResult(result)).toEqual(read);
  });

  test("that names files shows them, and the rest beside them", () => {
    const file = {
      id: "f1",
      filename: "cat.jpg",
      content_type: "image/jpeg",
      size: 9,
      width: 3,
      height: 2,
    };
    expect(readResult(JSON.stringify({ files: [file], saved: 0.5 }))).toEqual({
      kind: "files",
      files: [file],
      rest: '{\n  "saved": 0.5\n}',
    });
  });

  test("with few facts about a file shows those", () => {
    expect(readResult('{"files":[{"id":"f1"}]}')).toEqual({
      kind: "files",
      files: [
        { id: "f1", filename: "f1", content_type: "", size: null, width: null, height: null },
      ],
      rest: null,
    });
  });
});

test("a document that can contain scripts is not shown as a picture", () => {
  const file = { id: "f", filename: "x", size: null, width: null, height: null };
  expect(isPicture({ ...file, content_type: "image/webp" })).toBe(true);
  expect(isPicture({ ...file, content_type: "image/svg+xml" })).toBe(false);
  expect(isPicture({ ...file, content_type: "text/html" })).toBe(false);
});
