// How much quicker two threads are than one, and how long the first encode takes from nothing.
import { mean, median, rounded } from "./numbers.mjs";
import { drawnFiles } from "./pictures.mjs";

const BATCH = 16;
const ROUNDS = 3;

async function opened(browser, server) {
  const context = await browser.newContext({ serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(`${server.url}/browser/`);
  await page.waitForFunction(() => globalThis.bench);
  return { page, close: () => context.close() };
}

/** A batch on one and on two threads, turn by turn. */
export async function scaling(browser, server, work, note) {
  await drawnFiles(work, "batch", BATCH, 640, 480);
  const files = Array.from({ length: BATCH }, (_, index) => `batch/image-${index}.jpg`);
  const { page, close } = await opened(browser, server);
  const report = {};
  for (const [name, settings] of Object.entries({
    "looks the same": {},
    "WebP, looks the same": { formats: ["webp"] },
    "AVIF 60": { formats: ["avif"], goal: { quality: 60 } },
  })) {
    note(`one and two threads: ${name}`);
    const run = (threads) =>
      page.evaluate(
        ([threads, files, settings]) =>
          bench.ask(`planish-${threads}`, "planish.js", { op: "batch", threads, files, settings }),
        [threads, files, settings],
      );
    for (const threads of [1, 2]) await run(threads);
    const times = { 1: [], 2: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const threads of [1, 2]) times[threads].push(await run(threads));
    }
    const ratios = times[1].map((one, round) => one / times[2][round]);
    report[name] = {
      images: BATCH,
      one: rounded(median(times[1]), 0),
      two: rounded(median(times[2]), 0),
      speedUp: rounded(median(ratios), 2),
    };
  }
  await close();
  return report;
}

/** From a new worker to the first JPEG, codecs fetched and compiled anew: planish's whole engine and jSquash's mozjpeg. */
export async function starts(browser, server, pictures, note) {
  note("the first encode");
  const photo = pictures.find(({ kind }) => kind === "photo");
  const times = { planish: [], jsquash: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of ["planish", "jsquash"]) {
      // A context of its own: nothing is cached.
      const { page, close } = await opened(browser, server);
      const ms = await page.evaluate(
        async ([name, { name: picture, width, height }]) => {
          const settings = { goal: { quality: 75 }, formats: ["jpeg"] };
          const message = { op: "encode", picture, width, height, settings, format: "jpeg", options: {} };
          const start = performance.now();
          await bench.ask(name, `${name}.js`, message);
          return performance.now() - start;
        },
        [name, photo],
      );
      times[name].push(ms);
      await close();
    }
  }
  return {
    what: "milliseconds from a new worker to the first JPEG of one photo, nothing cached; planish's includes its own measurement",
    planish: rounded(median(times.planish), 0),
    jsquash: rounded(median(times.jsquash), 0),
    ratio: rounded(mean(times.planish.map((ms, round) => ms / times.jsquash[round])), 2),
  };
}
