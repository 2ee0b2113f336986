// The page as its user meets it: cold start, download, and what a large batch leaves in memory.
import { readFileSync, statSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
import { median, rounded } from "./numbers.mjs";
import { drawnFiles } from "./pictures.mjs";

const STARTS = 5;
const PATIENCE = 30 * 60_000;

async function opened(browser, server) {
  const context = await browser.newContext({ serviceWorkers: "block", viewport: { width: 1360, height: 860 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const close = () => context.close();
  await page.goto(`${server.url}/page/`, { waitUntil: "domcontentloaded" });
  return { page, close };
}

/** Hands files to the page as its picker does, and waits until all are done. */
async function optimized(page, files) {
  await page.getByTestId("files").setInputFiles(files);
  await page.waitForFunction(
    (count) => {
      const list = document.querySelector('[data-testid="list"]');
      return list?.getAttribute("data-count") === String(count) && list.getAttribute("data-active") === "0";
    },
    files.length,
    { polling: "raf" },
  );
}

/** From the navigation to the engine being ready, and to the first result; nothing cached. */
export async function coldStarts(browser, server, file, note) {
  note("cold start");
  const ready = [];
  const first = [];
  for (let round = 0; round < STARTS; round += 1) {
    const { page, close } = await opened(browser, server);
    await page.evaluate(() => {
      const look = () => {
        if (document.querySelector('[data-testid="engine"][data-kind]')) globalThis.readyAt = performance.now();
        else requestAnimationFrame(look);
      };
      look();
    });
    await optimized(page, [file]);
    first.push(await page.evaluate(() => performance.now()));
    ready.push(await page.evaluate(() => globalThis.readyAt));
    await close();
  }
  return {
    what: "milliseconds from the navigation, medians; one photo of 800 × 600, made to look the same",
    runs: STARTS,
    engineReady: rounded(median(ready), 0),
    firstResult: rounded(median(first), 0),
  };
}

/** Bytes of what the page asks for until its first result: as they are, and as brotli (level 11) has them. */
export async function downloads(browser, server, file) {
  const from = server.requests.length;
  const { page, close } = await opened(browser, server);
  await optimized(page, [file]);
  await close();
  const paths = new Set(server.requests.slice(from).filter((path) => path.startsWith("/page/")));
  const sum = { firstLoad: { files: 0, bytes: 0, brotli: 0 }, engine: { files: 0, bytes: 0, brotli: 0 } };
  for (const path of paths) {
    const name = server.file(path);
    const part = sum[name.endsWith(".wasm") ? "engine" : "firstLoad"];
    part.files += 1;
    part.bytes += statSync(name).size;
    part.brotli += packed(readFileSync(name));
  }
  return sum;
}

function packed(bytes) {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }).length;
}

/** Memory of the page before a batch of generated images, with all of them done, and with the list empty again. */
export async function memory(browser, server, work, count, note) {
  note(`memory around a batch of ${count}`);
  const files = await drawnFiles(work, "many", count, 480, 360);
  const { page, close } = await opened(browser, server);
  await page.waitForSelector('[data-testid="engine"][data-kind]');
  await page.evaluate(() => {
    globalThis.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
    }).observe({ type: "longtask" });
  });
  const before = await held(browser, page);
  const start = performance.now();
  await optimized(page, files);
  const seconds = rounded((performance.now() - start) / 1000, 1);
  const longestTask = await page.evaluate(() => globalThis.longest);
  const done = await held(browser, page);
  await page.getByTestId("image").first().focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.waitForFunction(() => !document.querySelector('[data-testid="image"]'));
  const emptied = await held(browser, page);
  await close();
  return {
    what: "MB; script: what the page's scripts and workers hold, by performance.measureUserAgentSpecificMemory(); resident: its renderer's",
    images: count,
    seconds,
    longestTaskMs: rounded(longestTask, 0),
    before,
    done,
    emptied,
  };
}

/** What the page holds, once its garbage is collected. */
async function held(browser, page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const script = await page.evaluate(async () => (await performance.measureUserAgentSpecificMemory()).bytes);
  await session.detach();
  return { script: rounded(script / 1e6, 1), resident: await resident(browser) };
}

/** The largest of the browser's renderers: the page's. Linux tells; elsewhere null. */
async function resident(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const sizes = processInfo
    .filter(({ type }) => type === "renderer")
    .flatMap(({ id }) => {
      try {
        const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${id}/status`, "utf8")) ?? [];
        return kib ? [(Number(kib) * 1024) / 1e6] : [];
      } catch {
        return [];
      }
    });
  return sizes.length > 0 ? rounded(Math.max(...sizes), 1) : null;
}
