import type { Plugin, Rolldown } from "vite";
import { defineConfig } from "vitest/config";

const MAIN = "/src/main.tsx";
const WIRE = "/src/live/socketio/wire.ts";

type Modules = Rolldown.ChunkingContext;

const server = "http://127.0.0.1:8000";

/** Puts the name of the build into the page, a hash of all that it loads, so that an open page can notice another build. */
function named(): Plugin {
  return {
    name: "phloem-build",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      async handler(html) {
        const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(html));
        const content = [...new Uint8Array(hash).subarray(0, 8)]
          .map((byte) => byte.toString(16).padStart(2, "0"))
          .join("");
        return [{ tag: "meta", attrs: { name: "build", content }, injectTo: "head" }];
      },
    },
  };
}

/**
 * Has the page load the script of the connection ahead, which it asks for by itself once the first rows are drawn. The
 * server leaves this out where the page brings rows along.
 */
function loadedAhead(): Plugin {
  return {
    name: "phloem-ahead",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle }) {
        const found = Object.values(bundle ?? {}).find(
          (each) => each.type === "chunk" && each.facadeModuleId?.endsWith(WIRE),
        );
        if (!found) throw new Error(`There is no script of ${WIRE}.`);
        const attrs = {
          rel: "modulepreload",
          crossorigin: true,
          href: `./${found.fileName}`,
          "data-later": true,
        };
        return [{ tag: "link", attrs, injectTo: "head" }];
      },
    },
  };
}

/** Whether the page loads a module before it shows anything: `main.tsx` imports it, or something that it imports does. */
function isFirst(id: string, modules: Modules, seen = new Set<string>()): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  const importers = modules.getModuleInfo(id)?.importers ?? [];
  return importers.some((each) => each.endsWith(MAIN) || isFirst(each, modules, seen));
}

export default defineConfig({
  // Relative, since the server knows below which path it serves them; in the page it completes them.
  base: "./",
  plugins: [loadedAhead(), named()],
  // JSX needs the runtime of Preact, and no plugin.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../server/phloem_server/static",
    emptyOutDir: true,
    // The content security policy allows nothing inline, so the smallest pictures are files too.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        entryFileNames: "assets/main-[hash].js",
        // One script instead of many: each is a request, of which a browser makes six at a time.
        codeSplitting: {
          groups: [
            { name: (id, modules) => (isFirst(id, modules) ? "index" : null), debugName: "index" },
          ],
        },
      },
    },
    reportCompressedSize: true,
  },
  server: {
    proxy: {
      "/api": server,
      "/sign-in": server,
      "/sign-out": server,
      "/socket.io": { target: server, ws: true },
    },
  },
  test: {
    include: ["test/**/*.test.ts"],
    // Tests measure the contrast of the real colours, so they need the style sheets.
    css: true,
    // A thread per file would take ten times as long as all tests. Each test restores what it changes.
    pool: "threads",
    isolate: false,
  },
});
