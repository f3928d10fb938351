import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

/** Two pages of strangers, built by the bundler of the page itself. */
export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "react" } },
  plugins: [
    vue({ template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith("task-") } } }),
  ],
  build: { rollupOptions: { input: ["react.html", "vue.html"] } },
});
