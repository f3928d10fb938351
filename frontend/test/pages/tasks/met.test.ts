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
