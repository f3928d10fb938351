import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const server = "http://127.0.0.1:8000";

/** Names the build in the page itself, by a hash of what it loads: so an open page can be told of another. */
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
  base: "/",
  plugins: [named()],
  // Preact's own runtime is all that JSX needs; no plugin stands between the source and the bundle.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../server/phloem_server/static",
    emptyOutDir: true,
    // The content security policy allows nothing inline, so even the smallest picture is a file.
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
    // Contrast is measured on the real tokens, so style sheets are read in tests too.
    css: true,
    // Starting a thread for each file took twenty times as long as the tests: each test restores what it changes.
    pool: "threads",
    isolate: false,
  },
});
