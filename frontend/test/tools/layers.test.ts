import { describe, expect, test } from "vitest";
import { faults, importsOf } from "../../tools/layers.mjs";

const TABLE = {
  layers: [
    { rooms: ["main"], holds: "" },
    { rooms: ["pages/*"], holds: "" },
    { rooms: ["live", "api"], holds: "" },
    { rooms: ["text"], holds: "" },
  ],
  only: { api: ["text/index"] },
  packages: { preact: ["pages", "main"], "@scope/inner": ["live/wire"] },
  modules_per_folder: 3,
};

/** What is wrong with these imports, in a tree that has a module in every room. */
function faultsOf(imports: Record<string, string[]>) {
  const names = [
    "main",
    "pages/one/page",
    "pages/two/page",
    "live/wire",
    "api/calls",
    "text/index",
  ];
  const modules = new Map(names.map((name): [string, string[]] => [name, []]));
  for (const [name, targets] of Object.entries(imports)) modules.set(name, targets);
  return faults(modules, TABLE);
}

describe("imports", () => {
  test("that go down, or stay in their room, are allowed", () => {
    const down = {
      main: ["pages/one/page", "text/index", "preact"],
      "pages/one/page": ["pages/one/part", "live/wire", "preact/hooks"],
      "pages/one/part": [],
      "live/wire": ["@scope/inner", "@scope/inner/deep"],
    };
    expect(faultsOf(down)).toEqual([]);
  });

  test.each([
    ["up", "text/index", "live/wire", "live is above text"],
    ["beside", "api/calls", "live/wire", "live is beside api"],
    ["to another page", "pages/one/page", "pages/two/page", "pages/two is beside pages/one"],
    ["to more than a room may know", "api/calls", "text/zone", "api may not"],
    ["to a package of another room", "live/wire", "preact/hooks", "this package belongs to"],
    ["to an unknown package", "main", "lodash", "this package is not in layers.json"],
  ])("that go %s are found", (_, from, to, reason) => {
    const found = faultsOf({ "text/zone": [], [from]: [to] });
    expect(found).toEqual([expect.stringContaining(`${from} imports ${to}: ${reason}`)]);
  });

  test("that lead back to their module are found, however long the way", () => {
    const circle = {
      "live/wire": ["live/store"],
      "live/store": ["live/link"],
      "live/link": ["live/wire"],
    };
    expect(faultsOf(circle)).toEqual(["circle: live/wire > live/store > live/link > live/wire"]);
  });
});

describe("a table", () => {
  test("has to have a room for each module, and modules in each room", () => {
    expect(faultsOf({ "attic/box": [] })).toEqual(["attic/box: is in no layer"]);
    expect(faults(new Map([["main", []]]), TABLE)).toContain("live: this room has no modules");
    expect(faults(new Map([["main", []]]), TABLE)).toContain("pages/*: this room has no modules");
  });

  test("says how many modules a folder may have", () => {
    const many = { "text/a": [], "text/b": [], "text/c": [] };
    expect(faultsOf(many)).toEqual(["text: has 4 modules, at most 3 are allowed"]);
  });
});

test("a module's imports are found in whatever way they are written", () => {
  const code = `
    import { a } from "./static";
    import type { B } from "./type";
    import "./effect";
    export * from "./all";
    export { c } from "./some";
    const d = () => import("./dynamic");
    let e: import("./inline").E;
    let f: typeof import("./typeof");
    const g = <p>import "./text"</p>;
  `;
  expect(importsOf("page.tsx", code).sort()).toEqual(
    ["all", "dynamic", "effect", "inline", "some", "static", "type", "typeof"].map(
      (name) => `./${name}`,
    ),
  );
});
