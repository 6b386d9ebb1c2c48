import { readFileSync, readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { defineConfig } from "vite";

// One entry per page: every src/<task>.ts. What pages share lives in src/shared/, apart from the
// three modules that pages import by these names.
const SHARED = new Set(["canvas.ts", "charts.ts", "dom.ts"]);
const source = resolve(import.meta.dirname, "src");
const entries = Object.fromEntries(
  readdirSync(source)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts") && !SHARED.has(name))
    .map((name) => [basename(name, ".ts"), resolve(source, name)]),
);

const uswds = resolve(import.meta.dirname, "node_modules/@uswds/uswds");

export default defineConfig({
  plugins: [
    {
      // Templates use icons by name from one file that they can address.
      name: "icons",
      generateBundle() {
        this.emitFile({
          type: "asset",
          fileName: "icons.svg",
          source: readFileSync(resolve(uswds, "dist/img/sprite.svg")),
        });
      },
    },
  ],
  root: import.meta.dirname,
  base: "/static/dist/",
  publicDir: false,
  resolve: {
    alias: {
      "@uswds-img": resolve(uswds, "dist/img"),
      "@uswds-fonts": resolve(uswds, "packages/uswds-core/src/assets/fonts"),
    },
  },
  css: {
    preprocessorOptions: {
      scss: {
        loadPaths: [
          resolve(uswds, "packages"),
          resolve(import.meta.dirname, "src"),
        ],
        quietDeps: true,
      },
    },
  },
  build: {
    // The folder is the build's argument (--outDir), so that a build is swapped in whole.
    outDir: resolve(import.meta.dirname, "../static/dist"),
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    // The content security policy allows no data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    rollupOptions: { input: entries },
  },
});
