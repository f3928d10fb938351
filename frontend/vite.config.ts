import { defineConfig } from "vitest/config";

const server = "http://127.0.0.1:8000";

export default defineConfig({
  base: "/",
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
  // The contrast of colours is measured on the real tokens, so style sheets are read in tests too.
  test: { include: ["test/**/*.test.ts"], css: true },
});
