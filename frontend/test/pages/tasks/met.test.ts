import { describe, expect, test } from "vitest";
import { Met } from "../../../src/pages/tasks/met";
import { task } from "../../support/tasks";

describe("values that the page has met", () => {
  test("are still known when none of their tasks is shown any more", () => {
    const met = new Met();
    met.add([
      task({ id: "a", offset: 1, name: "mail.send", owner: "acme" }),
      task({ id: "b", offset: 2, name: "images.resize", worker: null }),
    ]);
    met.add([]);
    expect(met.known).toMatchObject({
      name: ["images.resize", "mail.send"],
      queue: ["default"],
      worker: ["celery@w1"],
      owner: ["acme"],
    });
  });

  test("are labels, releases, kinds of errors and plain arguments as well", () => {
    const met = new Met();
    const error = { type: "TimeoutError", message: "late", traceback: null };
    met.add([
      task({ id: "a", offset: 1, label: "ACME", release: "2.4.1", error }),
      task({ id: "b", offset: 2, kwargs: '{"customer": "acme", "count": 3, "rows": [1]}' }),
      task({ id: "c", offset: 3, kwargs: "{'customer': <Customer>}" }),
      task({ id: "d", offset: 4, kwargs: '{"customer": "cut o…' }),
      task({ id: "e", offset: 5, kwargs: `{"customer": "${"x".repeat(200)}"}` }),
    ]);
    expect(met.known).toMatchObject({
      label: ["ACME"],
      release: ["2.4.1"],
      error: ["TimeoutError"],
      arguments: { customer: ["acme"], count: ["3"], rows: [] },
    });
  });

  test("are bounded, and the last ones stay", () => {
    const met = new Met();
    met.add(
      Array.from({ length: 2000 }, (_, offset) =>
        task({ id: `t${offset}`, offset, owner: `${offset}` }),
      ),
    );
    expect(met.known.owner).toHaveLength(500);
    expect(met.known.owner).toContain("1999");
    expect(met.known.owner).not.toContain("1499");
  });
});
