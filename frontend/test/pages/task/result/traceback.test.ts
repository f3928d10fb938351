import { describe, expect, test } from "vitest";
import { packages, readTraceback, shortFile } from "../../../../src/pages/task/result/traceback";

const TRACEBACK = `Traceback (most recent call last):
  File "/app/.venv/lib/python3.11/site-packages/celery/app/trace.py", line 453, in trace_task
    R = retval = fun(*args, **kwargs)
                 ^^^^^^^^^^^^^^^^^^^^
  File "/app/shop.py", line 12, in import_orders
    rows = json.loads(text)
  File "/usr/lib/python3.11/json/__init__.py", line 346, in loads
    return _default_decoder.decode(s)
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/shop.py", line 14, in import_orders
    raise Unreadable(path) from error
shop.Unreadable: orders.json
`;

describe("a traceback", () => {
  const parts = readTraceback(TRACEBACK);

  test("is cut into frames, own and foreign, and the text between them", () => {
    expect(
      parts.map((part) => (part.kind === "text" ? "text" : part.own ? "own" : "foreign")),
    ).toEqual([..."text foreign own foreign text own text".split(" ")]);
  });

  test("keeps file, line, function and code of each frame", () => {
    expect(parts[2]).toEqual({
      kind: "frames",
      own: true,
      frames: [
        {
          file: "/app/shop.py",
          line: 12,
          name: "import_orders",
          code: "rows = json.loads(text)",
          own: true,
        },
      ],
    });
  });

  test("keeps the marks under the code where they were", () => {
    const [part] = parts.filter((part) => part.kind === "frames");
    expect(part?.kind === "frames" && part.frames[0]?.code.split("\n")).toEqual([
      "R = retval = fun(*args, **kwargs)",
      "             ^^^^^^^^^^^^^^^^^^^^",
    ]);
  });

  test("loses nothing", () => {
    const said = parts.flatMap((part) => (part.kind === "text" ? part.text.split("\n") : []));
    expect(said).toContain(
      "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
    );
    expect(said).toContain("The above exception was the direct cause of the following exception:");
    expect(said.at(-1)).toBe("shop.Unreadable: orders.json");
  });

  test.each(["", "no traceback at all", "  File without quotes", '  File "x", line y'])(
    "that is none (%j) is text",
    (text) => {
      expect(readTraceback(text)).toEqual([{ kind: "text", text }]);
    },
  );
});

test.each([
  ["/x/lib/python3.11/site-packages/celery/app/trace.py", "celery/app/trace.py"],
  ["/usr/lib/python3.11/json/decoder.py", "json/decoder.py"],
  ["/home/ann/shop/orders/read.py", "shop/orders/read.py"],
  ["C:\\shop\\orders.py", "C:/shop/orders.py"],
])("%s is short for a reader: %s", (file, short) => {
  expect(shortFile(file)).toBe(short);
});

test("folded frames are named by their packages", () => {
  const frames = [
    "/x/site-packages/celery/app/trace.py",
    "/x/site-packages/celery/a.py",
    "/lib/python3.11/ssl.py",
  ];
  const named = frames.map((file) => ({ file, line: 1, name: "f", code: "", own: false }));
  expect(packages(named)).toEqual(["celery", "ssl"]);
});
