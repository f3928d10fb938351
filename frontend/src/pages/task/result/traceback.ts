/** A Python traceback as frames and the text between them. Pure. */

export interface StackFrame {
  readonly file: string;
  readonly line: number;
  /** The function. */
  readonly name: string;
  /** The source as the traceback quotes it, without its common indentation. */
  readonly code: string;
  /** Whether it is code of the application, rather than of Python or a package. */
  readonly own: boolean;
}

/** Consecutive frames that are all own or all not; or text such as "ValueError: no". */
export type Part =
  | { readonly kind: "frames"; readonly own: boolean; readonly frames: readonly StackFrame[] }
  | { readonly kind: "text"; readonly text: string };

const FRAME = /^ {2}File "(.+)", line (\d+)(?:, in (.+))?$/;

/** Where code of Python and of packages is (the paths "stdlib" and "purelib" of sysconfig, on all systems). */
const FOREIGN =
  /[\\/](?:site|dist)-packages[\\/]|[\\/]lib[\\/]python\d|[\\/]Lib[\\/](?!.*[\\/]Lib[\\/])|^<frozen /;

export function readTraceback(traceback: string): Part[] {
  const lines = traceback.replace(/\n+$/, "").split("\n");
  const parts: Part[] = [];
  let text: string[] = [];
  let frames: StackFrame[] = [];
  const endText = () => {
    if (text.length) parts.push({ kind: "text", text: text.join("\n") });
    text = [];
  };
  const endFrames = () => {
    const [first] = frames;
    if (first) parts.push({ kind: "frames", own: first.own, frames });
    frames = [];
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    const found = FRAME.exec(line);
    if (!found) {
      endFrames();
      text.push(line);
      continue;
    }
    endText();
    const code: string[] = [];
    while (lines[i + 1]?.startsWith("    ")) code.push(lines[++i] as string);
    const file = found[1] as string;
    const own = !FOREIGN.test(file);
    if (frames[0] && frames[0].own !== own) endFrames();
    const name = found[3] ?? "";
    frames.push({ file, line: Number(found[2]), name, code: undented(code), own });
  }
  endFrames();
  endText();
  return parts;
}

function undented(lines: readonly string[]): string {
  const widths = lines.filter((line) => line.trim()).map((line) => line.search(/\S/));
  const common = widths.length ? Math.min(...widths) : 0;
  return lines.map((line) => line.slice(common)).join("\n");
}

/** The end of a path, by which files are told apart: "celery/app/trace.py". */
export function shortFile(file: string): string {
  const end =
    /[\\/](?:site|dist)-packages[\\/](.+)$/.exec(file) ??
    /[\\/]lib[\\/]python[\d.]+[\\/](.+)$/.exec(file);
  return end?.[1] ?? file.split(/[\\/]/).slice(-3).join("/");
}

/** The packages of frames: "celery", "kombu". */
export function packages(frames: readonly StackFrame[]): string[] {
  const names = frames.map(({ file }) => shortFile(file).split(/[\\/]/)[0] ?? "");
  return [...new Set(names.map((name) => name.replace(/\.py$/, "")))];
}
