// Measures the page in one Chromium and writes web.json. Started by scripts/bench web.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright";
import { encoders } from "./encoders.mjs";
import { coldStarts, downloads, memory } from "./page.mjs";
import { drawnFiles, pictures } from "./pictures.mjs";
import { serve } from "./server.mjs";
import { shortfalls } from "./shortfalls.mjs";
import { scaling, starts } from "./threads.mjs";

const { values: flags } = parseArgs({
  options: {
    work: { type: "string" },
    out: { type: "string" },
    chromium: { type: "string" },
    corpus: { type: "string" },
    images: { type: "string", default: "6" },
    batch: { type: "string", default: "500" },
    part: { type: "string", default: "all" },
  },
});
const wants = (part) => flags.part === "all" || flags.part === part;
const note = (text) => process.stderr.write(`    ${text}\n`);

mkdirSync(flags.out, { recursive: true });
const reportFile = join(flags.out, "web.json");
const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, "utf8")) : {};

/** After each part: a run that is broken off keeps what it has. */
function write() {
  report.expected = {
    encoders: "time and bytes at or under jSquash's at equal score",
    threads: "2 threads at least 1.7 times as fast as 1",
  };
  report.short = shortfalls(report);
  writeFileSync(reportFile, `${JSON.stringify(report, null, 2)}\n`);
}

const server = await serve(flags.work);
const browser = await chromium.launch({
  executablePath: flags.chromium,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Else the page's memory is told when the browser gets round to it.
    "--enable-blink-features=ForceEagerMeasureMemory",
  ],
});
try {
  report.machine = {
    cores: availableParallelism(),
    model: cpus()[0]?.model ?? "",
    memoryMB: Math.round(totalmem() / 1e6),
    chromium: browser.version(),
  };
  if (wants("encoders")) {
    const chosen = await pictures(flags.work, flags.corpus, Number(flags.images));
    report.encoders = await encoders(browser, server, chosen, note);
    report.firstEncode = await starts(browser, server, chosen, note);
    write();
  }
  if (wants("threads")) {
    report.threads = await scaling(browser, server, flags.work, note);
    write();
  }
  if (wants("page")) {
    const one = (await drawnFiles(flags.work, "first", 1, 800, 600))[0];
    report.page = {
      coldStart: await coldStarts(browser, server, one, note),
      download: await downloads(browser, server, one),
      memory: await memory(browser, server, flags.work, Number(flags.batch), note),
    };
    write();
  }
} finally {
  await browser.close();
  await server.close();
}
for (const line of report.short) note(line);
