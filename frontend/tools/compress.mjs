// Writes each file of the built page as brotli and gzip beside it, for clients on slow lines: the server sends what a
// client takes, and compresses nothing itself. Fails when the first script has grown past its limit. Run by the build.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** What a page loads before it shows anything, in bytes of brotli: 1,000 are 20 ms on slow 3G. */
const FIRST_SCRIPT_LIMIT = 50_000;

/** A file that fits into a packet anyway stays as it is, in bytes. */
const LEAST = 1_000;

const COMPRESSIBLE = /\.(css|js|svg|ts)$/;

const folder = fileURLToPath(new URL("../../server/phloem_server/static/", import.meta.url));

const smaller = (bytes) => ({
  br: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  gz: gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }),
});

for (const name of readdirSync(folder, { recursive: true }).filter((name) =>
  COMPRESSIBLE.test(name),
)) {
  const bytes = readFileSync(folder + name);
  for (const [ending, content] of Object.entries(smaller(bytes))) {
    const file = `${folder}${name}.${ending}`;
    if (bytes.length < LEAST) rmSync(file, { force: true });
    else writeFileSync(file, content);
  }
}

const page = readFileSync(`${folder}index.html`, "utf8");
const needed = page.replace(/<link [^>]*\bdata-later\b[^>]*>/g, "");
const scripts = [...needed.matchAll(/(?:src|href)="\.\/([^"]+\.js)"/g)].map(([, name]) => name);
const first = scripts.reduce(
  (sum, name) => sum + smaller(readFileSync(folder + name)).br.length,
  0,
);
const said = `The first script has ${first} bytes of brotli: ${scripts.join(", ")}`;
if (first > FIRST_SCRIPT_LIMIT) {
  console.error(
    `${said}. The limit is ${FIRST_SCRIPT_LIMIT}: load a page's part when it is opened, as ui/later.tsx does.`,
  );
  process.exitCode = 1;
} else process.stdout.write(`${said}\n`);
