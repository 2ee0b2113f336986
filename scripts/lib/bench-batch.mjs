// Runs planish and other tools over the same folders at fixed qualities: wall time, processor time and peak memory.
//
//   node bench-batch.mjs --planish COMMAND --work DIR --out DIR [--corpus DIR] [--images N] [--large N] [--part P]
//
// --part formats or --part large measures one half and keeps the other as it is in the report.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { dirname, extname, join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";

const { values: flags } = parseArgs({
  options: {
    planish: { type: "string" },
    work: { type: "string" },
    out: { type: "string" },
    corpus: { type: "string" },
    images: { type: "string", default: "12" },
    large: { type: "string", default: "40" },
    part: { type: "string", default: "all" },
  },
});
const here = dirname(fileURLToPath(import.meta.url));
const quality = 75;
const rounds = 2;
const timer = "/usr/bin/time";
if (!existsSync(timer)) throw new Error(`expected GNU time at ${timer}: apt-get install time`);

/**
 * Mean SSIMULACRA2 of the outputs against the images they were made from: tools mean other things by one quality. Some lie
 * another way than their image, as their orientation was dropped: those cannot be compared, and are counted.
 */
function looks(from, outputs) {
  const originals = new Map(readdirSync(from).map((name) => [parse(name).name, join(from, name)]));
  const scores = outputs.flatMap((output) => {
    const original = originals.get(parse(output).name);
    if (!original) throw new Error(`${output} is of none of the images`);
    const run = spawnSync(flags.planish, ["compare", original, output, "--json"], { encoding: "utf8" });
    return run.status === 0 ? [JSON.parse(run.stdout).score] : [];
  });
  const score = scores.length > 0 ? scores.reduce((sum, score) => sum + score, 0) / scores.length : null;
  return { score: score && Number(score.toFixed(1)), turned: outputs.length - scores.length };
}

/** Wall and processor seconds and peak MB of one command, the quickest of some rounds, and what it wrote. */
function measured(command, from, outputs) {
  let best = null;
  for (let round = 0; round < rounds; round += 1) {
    rmSync(outputs, { recursive: true, force: true });
    mkdirSync(outputs, { recursive: true });
    const account = join(flags.work, "time");
    const run = spawnSync(timer, ["-f", "%e %U %S %M", "-o", account, ...command], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`${command.join(" ")}: ${run.stderr}`);
    const [wall, user, system, kib] = readFileSync(account, "utf8").trim().split(/\s+/).map(Number);
    if (best === null || wall < best.wall) best = { wall, cpu: user + system, peakMB: Math.round((kib * 1024) / 1e6) };
  }
  const files = readdirSync(outputs, { recursive: true })
    .map((name) => join(outputs, name))
    .filter((file) => statSync(file).isFile());
  if (files.length === 0) throw new Error(`${command[0]} wrote no file`);
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  return { ...best, bytes, ...looks(from, files) };
}

function version(command, args) {
  try {
    return execFileSync(command, args, { encoding: "utf8" }).trim().split("\n")[0];
  } catch {
    return null;
  }
}

/** Pictures with soft light, edges and grain, where there is no corpus. */
async function drawn(folder) {
  for (let index = 0; index < 6; index += 1) {
    const create = { width: 3000, height: 2000, channels: 3, background: "#7f8a9a", noise: { type: "gaussian", mean: 120, sigma: 25 } };
    await sharp({ create }).blur(0.6 + index * 0.4).png({ compressionLevel: 1 }).toFile(join(folder, `${index}.png`));
  }
}

/** The images of a part of the corpus that every tool reads. */
async function collected(part, extensions) {
  const folder = join(flags.work, part);
  mkdirSync(folder, { recursive: true });
  const source = flags.corpus && join(flags.corpus, part);
  if (!source || !existsSync(source)) {
    await drawn(folder);
    return folder;
  }
  const names = readdirSync(source).filter((name) => extensions.includes(extname(name).toLowerCase())).sort();
  const step = Math.max(1, Math.floor(names.length / Number(flags.images)));
  for (const name of names.filter((_, index) => index % step === 0).slice(0, Number(flags.images))) {
    copyFileSync(join(source, name), join(folder, name));
  }
  return folder;
}

const reportFile = join(flags.out, "batch.json");
const before = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, "utf8")) : {};
const compares = flags.part !== "large";
const photos = compares ? await collected("photos", [".jpg", ".jpeg"]) : "";
const graphics = compares ? await collected("graphics", [".png"]) : "";

const formats = {
  // caesiumclt refuses to convert a file into the format it has: there it is told to keep it.
  jpeg: { from: photos, sharp: { quality, mozjpeg: true }, caesium: "original", rimage: "mozjpeg" },
  webp: { from: photos, sharp: { quality }, caesium: "webp", rimage: "webp" },
  avif: { from: photos, sharp: { quality: 50 }, quality: 50, rimage: "avif" },
  png: { from: graphics, sharp: { palette: true, quality }, caesium: "original" },
};
const sharpScript = join(here, "bench-batch-sharp.mjs");
const tools = {
  planish: version(flags.planish, ["--version"]),
  sharp: sharp.versions.sharp,
  caesiumclt: version("caesiumclt", ["--version"]),
  rimage: version("rimage", ["--version"]),
};
for (const tool of ["caesiumclt", "rimage"]) {
  if (compares && !tools[tool]) {
    process.stderr.write(`${tool} is left out: cargo install --root ~/.cache/planish/tools ${tool}\n`);
  }
}

const results = {};
for (const [format, how] of Object.entries(compares ? formats : {})) {
  const outputs = join(flags.work, "out");
  const wanted = how.quality ?? quality;
  const planish = (effort, ...more) => [
    flags.planish, how.from, "-o", outputs, "-f", format, "-q", `${wanted}`, "--effort", `${effort}`, "--no-cache", "--quiet", ...more,
  ];
  const commands = {
    planish: planish(5),
    "planish --effort 1": planish(1),
    // As rimage works: one image at a time, on one core.
    "planish --effort 1 -j 1": planish(1, "-j", "1"),
    sharp: [process.execPath, sharpScript, how.from, outputs, format, JSON.stringify(how.sharp)],
  };
  if (tools.caesiumclt && how.caesium) {
    commands.caesiumclt = ["caesiumclt", "-q", `${wanted}`, "--format", how.caesium, "-o", outputs, "-R", how.from];
  }
  if (tools.rimage && how.rimage) {
    const files = readdirSync(how.from).map((name) => join(how.from, name));
    commands.rimage = ["rimage", how.rimage, "-q", `${wanted}`, "-d", outputs, ...files];
  }
  results[format] = {};
  for (const [name, command] of Object.entries(commands)) {
    process.stderr.write(`${format}: ${name}\n`);
    try {
      results[format][name] = measured(command, how.from, outputs);
    } catch (error) {
      results[format][name] = { error: String(error.message).split("\n")[0].replaceAll(flags.work, "WORK") };
    }
  }
  const others = Object.entries(results[format]).filter(([name, run]) => !name.startsWith("planish") && !run.error);
  for (const name of Object.keys(commands).filter((name) => name.startsWith("planish"))) {
    const run = results[format][name];
    if (run.error || others.length === 0) continue;
    const ratio = (key) => Number((run[key] / Math.min(...others.map(([, other]) => other[key]))).toFixed(2));
    run.byTheBest = { wall: ratio("wall"), cpu: ratio("cpu"), peakMB: ratio("peakMB"), bytes: ratio("bytes") };
  }
}

/** Many images of 50 megapixels in 1 GiB. */
async function large(count) {
  const folder = join(flags.work, "large");
  const outputs = join(flags.work, "large-out");
  mkdirSync(folder, { recursive: true });
  const create = { width: 8165, height: 6124, channels: 3, background: "#777", noise: { type: "gaussian", mean: 128, sigma: 30 } };
  const picture = await sharp({ create }).blur(1.5).jpeg({ quality: 90 }).toBuffer();
  for (let index = 0; index < count; index += 1) {
    // A comment makes each of them another file.
    const comment = Buffer.from([0xff, 0xfe, 0, 4, index >> 8, index & 255]);
    const file = Buffer.concat([picture.subarray(0, 2), comment, picture.subarray(2)]);
    writeFileSync(join(folder, `${index}.jpg`), file);
  }
  const account = join(flags.work, "time");
  const arguments_ = [folder, "-o", outputs, "-q", `${quality}`, "--effort", "1", "--max-memory", "1GiB", "--no-cache", "--quiet"];
  const run = spawnSync(timer, ["-f", "%e %U %S %M", "-o", account, flags.planish, ...arguments_], { encoding: "utf8" });
  const [wall, user, system, kib] = readFileSync(account, "utf8").trim().split(/\s+/).slice(-4).map(Number);
  const done = existsSync(outputs) ? readdirSync(outputs).length : 0;
  return { images: count, done, exit: run.status, limitMB: 1074, peakMB: Math.round((kib * 1024) / 1e6), wall, cpu: user + system };
}

const report = {
  ...before,
  machine: { cores: availableParallelism(), model: cpus()[0]?.model ?? "", memoryMB: Math.round(totalmem() / 1e6) },
};
if (compares) {
  const images = { photos: readdirSync(photos).length, graphics: readdirSync(graphics).length };
  Object.assign(report, { tools, quality, images, results });
}
if (flags.part !== "formats" && Number(flags.large) > 0) {
  process.stderr.write(`${flags.large} images of 50 megapixels in 1 GiB\n`);
  report.large = await large(Number(flags.large));
}
writeFileSync(reportFile, `${JSON.stringify(report, null, 2)}\n`);
