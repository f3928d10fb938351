import { defineConfig } from "vite";

/** The page of a token: one file without imports, since the others are for people who signed in. */
export default defineConfig({
  publicDir: false,
  build: {
    outDir: "../server/phloem_server/static",
    emptyOutDir: false,
    lib: {
      entry: "src/share/share.ts",
      formats: ["iife"],
      name: "phloemShare",
      fileName: () => "share.js",
    },
    reportCompressedSize: true,
  },
});
