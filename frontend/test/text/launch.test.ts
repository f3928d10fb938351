import { expect, test } from "vitest";
import { paragraphs } from "../../src/text/launch";

test("a docstring becomes paragraphs, however its lines were wrapped", () => {
  expect(paragraphs("One line.\n\n  Another, wrapped\n  in two.\n")).toEqual([
    "One line.",
    "Another, wrapped in two.",
  ]);
});
