import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";
import { compressed } from "./config/compressed.ts";
import { isolation, metaPolicy, pageHeaders } from "./config/headers.ts";
import { manifest } from "./config/manifest.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** A static host that sends no headers still gets the policy, from the document itself. */
function policyInDocument(): Plugin {
  return {
    name: "planish:policy-in-document",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: metaPolicy },
        injectTo: "head-prepend",
      },
    ],
  };
}

/** The two builds of the engine come under the same name; the service worker must tell one from the other. */
function assetFileNames({ originalFileNames }: { originalFileNames: string[] }): string {
  const engine = /wasm\/(threads|single)\/[^/]*\.wasm$/.exec(originalFileNames[0] ?? "")?.[1];
  return engine ? `assets/engine-${engine}-[hash][extname]` : "assets/[name]-[hash][extname]";
}

const output = { assetFileNames };

export default defineConfig({
  // Relative, so that the built folder works under any path of any host.
  base: "./",
  plugins: [
    react(),
    policyInDocument(),
    VitePWA({
      strategies: "injectManifest",
      srcDir: "src/offline",
      filename: "service-worker.ts",
      // Registered by `src/offline/offline.ts`, which also decides when a new version may take over.
      injectRegister: false,
      manifest,
      injectManifest: {
        globPatterns: ["**/*.{html,js,css,svg,png,wasm,webmanifest}"],
        // Named after their content already.
        dontCacheBustURLsMatching: /^assets\//,
        maximumFileSizeToCacheInBytes: 64 * 2 ** 20,
      },
    }),
    compressed(),
  ],
  resolve: {
    alias: [
      // The packages `scripts/build-wasm` writes. Behind names of their own, so that type checks and unit
      // tests need no wasm build; `src/engine/wasm-package.d.ts` says what they export.
      { find: /^planish-wasm\/(threads|single)$/, replacement: here("./src/engine/wasm/$1/planish_wasm.js") },
      {
        find: /^planish-wasm\/(threads|single)\.wasm/,
        replacement: here("./src/engine/wasm/$1/planish_wasm_bg.wasm"),
      },
      // The pool's threads are started by our own code, which notices when one dies.
      {
        find: /^\.\/snippets\/wasm-bindgen-rayon-[0-9a-f]+\/src\/workerHelpers\.js$/,
        replacement: here("./src/engine/start-workers.ts"),
      },
    ],
  },
  worker: { format: "es", rolldownOptions: { output } },
  build: {
    rolldownOptions: { output },
    target: "es2022",
    // What `light-dark()` and threads need anyway: no fallbacks are generated for older ones.
    cssTarget: ["chrome123", "firefox128", "safari17.5"],
    // Inlined assets would be data: URLs, which the policy forbids for scripts and wasm.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // Dev gets isolation alone: hot reloading needs inline scripts and styles, which the policy forbids.
  server: { headers: isolation },
  preview: { headers: pageHeaders },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
