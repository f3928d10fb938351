import { expect, test } from "vitest";
import { readShare } from "../../src/contract/share";

const token = (content: object) => {
  const bytes = new TextEncoder().encode(JSON.stringify(content));
  const base64 = btoa(String.fromCharCode(...bytes));
  return `share.${base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}.signature`;
};

test.each([
  [{ task: "größe/…?" }, { task: "größe/…?", root: null }],
  [
    { root: "1", exp: 2 },
    { task: null, root: "1" },
  ],
  [{ owner: "shop" }, { task: null, root: null }],
  [{ task: 1 }, { task: null, root: null }],
])("a token tells what it is for: %o", (content, said) => {
  expect(readShare(token(content))).toEqual(said);
});

test.each([
  null,
  "",
  "share",
  "share.%%%.x",
  "share.bnVsbA.x",
  "open sesame",
  token({ role: "viewer" }),
])("%o is no token", (text) => {
  expect(readShare(text)).toBeNull();
});
