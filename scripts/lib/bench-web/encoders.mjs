// planish's encoders against jSquash's: time, bytes and score of the same pixels, turn by turn, one thread each.
import { between, mean, median, rounded } from "./numbers.mjs";

/** SSIMULACRA2 at which the two are compared. */
const TARGETS = [70, 80];
const ROUNDS = 3;

/**
 * planish as it comes (effort 5) and the settings of jSquash that do about the same work. The qualities of both cover
 * the targets.
 */
const LOSSY = {
  jpeg: { planish: [56, 70, 80, 90], jsquash: [42, 60, 76, 90], options: {}, how: "both: trellis, progressive, scans chosen" },
  webp: { planish: [60, 74, 84, 93], jsquash: [60, 74, 84, 93], options: { method: 6 }, how: "both: method 6" },
  avif: { planish: [42, 56, 70, 86], jsquash: [42, 56, 70, 86], options: { speed: 6 }, how: "both: libaom at speed 6" },
};
/** oxipng's preset, the same in both. */
const PNG_LEVEL = 2;

export async function encoders(browser, server, pictures, note) {
  const context = await browser.newContext({ serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(`${server.url}/browser/`);
  await page.waitForFunction(() => globalThis.bench);
  const ours = (picture, settings) =>
    page.evaluate(([picture, settings]) => bench.ask("planish", "planish.js", { op: "encode", picture, settings }), [
      picture.name,
      settings,
    ]);
  const theirs = (picture, format, options) =>
    page.evaluate(
      async ([{ name, width, height }, format, options]) => {
        const message = { op: "encode", picture: name, width, height, format, options };
        const { file, ms, bytes } = await bench.ask("jsquash", "jsquash.js", message);
        const score = await bench.ask("planish", "planish.js", { op: "score", picture: name, file });
        return { ms, bytes, score };
      },
      [picture, format, options],
    );

  const report = {};
  const photos = pictures.filter(({ kind }) => kind === "photo");
  for (const [format, { planish, jsquash, options, how }] of Object.entries(LOSSY)) {
    const images = [];
    for (const photo of photos) {
      note(`${format}: ${photo.name}`);
      const points = { planish: [], jsquash: [] };
      for (let step = 0; step < planish.length; step += 1) {
        const settings = { goal: { quality: planish[step] }, formats: [format] };
        const turns = await turnByTurn(
          () => ours(photo, settings),
          () => theirs(photo, format, { ...options, quality: jsquash[step] }),
        );
        points.planish.push({ quality: planish[step], ...turns[0] });
        points.jsquash.push({ quality: jsquash[step], ...turns[1] });
      }
      images.push({ image: photo.name, size: [photo.width, photo.height], ...points, at: compared(points) });
    }
    report[format] = { how, summary: summary(images), images };
  }

  const images = [];
  for (const graphic of pictures.filter(({ kind }) => kind === "graphic")) {
    note(`png: ${graphic.name}`);
    const [planish, jsquash] = await turnByTurn(
      () => ours(graphic, { goal: "lossless", formats: ["png"] }),
      () => theirs(graphic, "png", { level: PNG_LEVEL }),
    );
    const ratio = { bytes: rounded(planish.bytes / jsquash.bytes), ms: rounded(planish.ms / jsquash.ms) };
    images.push({ image: graphic.name, size: [graphic.width, graphic.height], planish, jsquash, ratio });
  }
  const of = (key) => rounded(mean(images.map(({ ratio }) => ratio[key])));
  report.png = {
    how: `both: oxipng at preset ${PNG_LEVEL}, no pixel changed`,
    summary: { lossless: { images: images.length, bytes: of("bytes"), ms: of("ms") } },
    images,
  };
  await context.close();
  return report;
}

/** Both, alternating; the median time of each. The bytes are the same every time. */
async function turnByTurn(...runs) {
  // The first call loads and compiles.
  for (const run of runs) await run();
  const results = runs.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, run] of runs.entries()) results[index].push(await run());
  }
  return results.map((rounds) => {
    const { bytes, score, whole } = rounds[0];
    const ms = rounded(median(rounds.map((result) => result.ms)), 1);
    return { ms, bytes, score: rounded(score, 2), ...(whole ? { whole: rounded(whole, 1) } : {}) };
  });
}

/** planish by jSquash at each target, between the encodes around it. */
function compared({ planish, jsquash }) {
  const at = (points, target, key) => between(points.map((point) => ({ x: point.score, y: Math.log(point[key]) })), target);
  return TARGETS.map((score) => {
    const ratio = (key) => {
      const [ours, theirs] = [at(planish, score, key), at(jsquash, score, key)];
      return ours === null || theirs === null ? null : rounded(Math.exp(ours - theirs));
    };
    return { score, bytes: ratio("bytes"), ms: ratio("ms") };
  });
}

function summary(images) {
  return Object.fromEntries(
    TARGETS.map((score) => {
      const reached = images.flatMap(({ at }) => at.filter((each) => each.score === score && each.bytes !== null));
      const of = (key) => (reached.length > 0 ? rounded(mean(reached.map((each) => each[key]))) : null);
      return [score, { images: reached.length, outOfReach: images.length - reached.length, bytes: of("bytes"), ms: of("ms") }];
    }),
  );
}
