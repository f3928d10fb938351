/** The token in an address. */

import { expect, test } from "vitest";
import { tokenOf } from "../../src/share/address";

test.each([
  ["#token=share.a.b", "", "share.a.b"],
  ["", "?token=share.a.b", "share.a.b"],
  ["#token=first", "?token=second", "first"],
  ["#token=", "?token=", null],
  ["#top", "", null],
])("%s %s", (hash, search, token) => {
  expect(tokenOf({ hash, search })).toBe(token);
});
