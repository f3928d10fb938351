import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

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

export default defineConfig({
  // Relative, since the server knows below which path it serves them; in the page it completes them.
  base: "./",
  plugins: [named()],
  // JSX needs the runtime of Preact, and no plugin.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../server/phloem_server/static",
    emptyOutDir: true,
    // The content security policy allows nothing inline, so the smallest pictures are files too.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
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
