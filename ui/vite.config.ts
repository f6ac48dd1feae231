import { defineConfig } from "vite";

export default defineConfig({
  esbuild: { jsx: "automatic", legalComments: "none" },
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/setup": "http://127.0.0.1:8080" } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: scripts or fonts
    modulePreload: { polyfill: false },
    rollupOptions: {
      onwarn: (warning, warn) => warning.code !== "MODULE_LEVEL_DIRECTIVE" && warn(warning), // "use client" means nothing here
      output: {
        // What changes with a library's version only stays in caches when the page changes.
        manualChunks: (id) => (/node_modules\/(react|react-dom|scheduler|@tanstack\/(query|react-query)[^/]*)\//.test(id) ? "react" : undefined),
      },
    },
  },
});
