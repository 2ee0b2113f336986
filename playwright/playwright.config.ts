import { defineConfig } from "@playwright/test";
import { PLAIN_PORT, PORT } from "./support/addresses.ts";

/** The browser of the machine: nothing is downloaded. */
const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: "tests",
  outputDir: "results/artifacts",
  globalSetup: "./support/setup.ts",
  // The engine uses every core: two pages at once would only measure each other.
  workers: 1,
  fullyParallel: false,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  forbidOnly: Boolean(process.env.CI),
  // A machine that is busy with other work can make a browser late once.
  retries: process.env.CI ? 1 : 0,
  reporter: [["list"], ["json", { outputFile: "results/report.json" }]],
  use: {
    baseURL: `http://localhost:${PORT}/`,
    viewport: { width: 1360, height: 860 },
    launchOptions: {
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
    trace: "retain-on-failure",
    // Every request is seen on its way; the specs that are about the service worker allow it.
    serviceWorkers: "block",
  },
  webServer: [
    {
      command: `npm run preview --workspace planish-web -- --port ${PORT} --strictPort`,
      cwd: "..",
      port: PORT,
    },
    // The same folder from a host that sends no headers.
    { command: `node support/plain-server.mjs ${PLAIN_PORT}`, port: PLAIN_PORT },
  ],
});
