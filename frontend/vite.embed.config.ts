import { defineConfig } from "vite";

/** The embedded bar: one file without imports, added to the page that was built before. */
export default defineConfig({
  publicDir: false,
  build: {
    outDir: "../server/phloem_server/static",
    emptyOutDir: false,
    lib: {
      entry: "src/element/embed.ts",
      formats: ["iife"],
      name: "phloemEmbed",
      fileName: () => "embed.js",
    },
    reportCompressedSize: true,
  },
});
