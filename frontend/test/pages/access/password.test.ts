import { expect, test } from "vitest";
import { madeUp } from "../../../src/pages/access/users/password";

test("a password that is made up has 20 characters in groups, and is another each time", () => {
  const passwords = Array.from({ length: 200 }, madeUp);
  for (const password of passwords) {
    expect(password).toMatch(/^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){4}$/);
  }
  expect(new Set(passwords).size).toBe(200);
});
