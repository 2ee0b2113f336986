// What it costs to have Sharp in a process of its own, and what a very large image takes: writes sidecar.json.
//
//   node bench-sidecar.mjs --planish COMMAND --work DIR --out DIR [--corpus DIR] [--images N] [--edge N] [--part P]
//
// --part requests, --part formats, --part throughput or --part large measures one and keeps the others as they are in the report.
// Linux only: it looks into /proc.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { dirname, extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { encodeFrame, FrameReader, Kind } from "../../native/src/frames.js";
import { writeLargeTiff } from "./large-tiff.mjs";

const { values: flags } = parseArgs({
  options: {
    planish: { type: "string" },
    work: { type: "string" },
    out: { type: "string" },
    corpus: { type: "string" },
    images: { type: "string", default: "12" },
    edge: { type: "string", default: "20000" },
    part: { type: "string", default: "all" },
  },
});
const here = dirname(fileURLToPath(import.meta.url));
const native = join(here, "../../native");
const cores = availableParallelism();
const rounds = 3;
/** Rounds in which the script and the sidecar take turns; an odd number has a middle. */
const interleaved = 5;
const quality = 75;
const environment = { ...process.env, PLANISH_SIDECAR: native };
const wants = (part) => flags.part === "all" || flags.part === part;
const rounded = (number, digits = 3) => Number(number.toFixed(digits));

/** Pictures with soft light, edges and grain. */
async function drawn(folder, count, width, height) {
  mkdirSync(folder, { recursive: true });
  for (let index = 0; index < count; index += 1) {
    const noise = { type: "gaussian", mean: 120, sigma: 25 };
    const create = { width, height, channels: 3, background: "#7f8a9a", noise };
    await sharp({ create }).blur(0.6 + index / count).png({ compressionLevel: 1 }).toFile(join(folder, `${index}.png`));
  }
}

/** One request beyond the work on its image: the command's own account of 200 small images, one at a time. */
async function requests() {
  const folder = join(flags.work, "small");
  await drawn(folder, 200, 64, 48);
  let best = null;
  for (let round = 0; round < rounds; round += 1) {
    const arguments_ = [folder, "-o", join(flags.work, "small-out"), "-f", "webp", "-q", `${quality}`];
    arguments_.push("--engine", "sharp", "-j", "1", "--no-cache", "--stats", "--json");
    const run = spawnSync(flags.planish, arguments_, { encoding: "utf8", env: environment, maxBuffer: 1 << 28 });
    if (run.status !== 0) throw new Error(`planish: ${run.stderr}`);
    const { operations } = JSON.parse(run.stdout).stats.sidecar;
    const sum = (field) => operations.reduce((total, used) => total + used[field], 0);
    const each = (sum("elapsedTime") - sum("workTime")) / sum("requests");
    if (best === null || each < best.overheadMs) {
      const byOperation = operations.map(({ operation, format, requests: count, elapsedTime, workTime }) => ({
        operation,
        format,
        requests: count,
        overheadMs: rounded((elapsedTime - workTime) / count),
        workMs: rounded(workTime / count),
      }));
      best = { images: 200, requests: sum("requests"), overheadMs: rounded(each), byOperation };
    }
  }
  return best;
}

/** Images that Sharp reads: the corpus' photos where there are some. */
async function photos() {
  const folder = join(flags.work, "photos");
  const source = flags.corpus && join(flags.corpus, "photos");
  if (!source || !existsSync(source)) {
    await drawn(folder, Number(flags.images), 3000, 2000);
    return folder;
  }
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(source).filter((name) => [".jpg", ".jpeg"].includes(extname(name).toLowerCase())).sort();
  const step = Math.max(1, Math.floor(names.length / Number(flags.images)));
  for (const name of names.filter((_, index) => index % step === 0).slice(0, Number(flags.images))) {
    copyFileSync(join(source, name), join(folder, name));
  }
  return folder;
}

/** A sidecar, driven as the command drives it. */
class Sidecar {
  #reader = new FrameReader();
  #waiting = new Map();
  #next = 1;

  constructor() {
    const env = { ...process.env, UV_THREADPOOL_SIZE: `${cores}` };
    this.child = spawn(process.execPath, [join(native, "src/main.js")], { env, stdio: ["pipe", "pipe", "inherit"] });
    this.child.stdout.on("data", (chunk) => {
      for (const frame of this.#reader.push(chunk)) {
        this.#waiting.get(frame.id)?.(frame);
        this.#waiting.delete(frame.id);
      }
    });
  }

  ask(kind, header) {
    const id = kind === Kind.hello ? 0 : this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      for (const part of encodeFrame({ id, kind, header })) this.child.stdin.write(part);
    });
  }
}

/** Processor seconds of a process and its threads so far. Its clock ticks a hundred times a second on Linux. */
function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Every file through `work`, as many at once as there are cores: seconds by the clock, and of the process that works. */
async function timed(names, pid, work) {
  const left = [...names];
  const [began, used] = [performance.now(), processorSeconds(pid)];
  const next = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: cores }, next));
  return { wall: (performance.now() - began) / 1000, processor: processorSeconds(pid) - used };
}

/** The middle of an odd number of figures. */
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** The same files with the same settings by a sidecar, by Sharp in this script, and by the command that also measures. */
async function throughput() {
  const folder = await photos();
  const names = readdirSync(folder).sort();
  const outputs = join(flags.work, "photos-out");
  mkdirSync(outputs, { recursive: true });
  const sidecar = new Sidecar();
  await sidecar.ask(Kind.hello, { protocol: 1, cacheMegabytes: 0, concurrency: cores });
  sharp.cache(false);
  sharp.concurrency(cores);
  const bySidecar = async (name) => {
    const answer = await sidecar.ask(Kind.request, {
      operation: "encode",
      source: { path: join(folder, name) },
      target: { path: join(outputs, `${name}.sidecar`) },
      animated: false,
      limits: { maxPixels: 1_000_000_000 },
      deadlineSeconds: 600,
      transform: { orient: true },
      encode: { format: "webp", lossless: false, quality, effort: 5 },
      metadata: { policy: "only", profile: true, exif: {} },
    });
    if (answer.kind !== Kind.answer) throw new Error(`${name}: ${JSON.stringify(answer.header)}`);
  };
  const byScript = (name) =>
    sharp(join(folder, name), { sequentialRead: true })
      .autoOrient()
      .webp({ quality, alphaQuality: 100, smartSubsample: true, effort: 4 })
      .keepIccProfile()
      .toFile(join(outputs, `${name}.script`));
  const contestants = [
    { who: "script", pid: process.pid, work: byScript },
    { who: "sidecar", pid: sidecar.child.pid, work: bySidecar },
  ];
  // Both have loaded what they need, and the files are in the system's memory, before anything counts.
  for (const { pid, work } of contestants) await timed(names.slice(0, cores), pid, work);
  const taken = { script: [], sidecar: [] };
  for (let round = 0; round < interleaved; round += 1) {
    // A machine that becomes slower or faster meanwhile does so for both: each is first in turn.
    for (const { who, pid, work } of round % 2 === 0 ? contestants : contestants.toReversed()) {
      taken[who].push(await timed(names, pid, work));
    }
  }
  sidecar.child.stdin.end();
  const same = names.filter((name) => {
    const [one, other] = ["sidecar", "script"].map((who) => readFileSync(join(outputs, `${name}.${who}`)));
    return one.equals(other);
  });
  const ratios = (clock) => taken.script.map((script, round) => script[clock] / taken.sidecar[round][clock]);
  const middle = (who, clock) => rounded(median(taken[who].map((round) => round[clock])));
  const began = performance.now();
  const arguments_ = [folder, "-o", join(flags.work, "command-out"), "-f", "webp", "-q", `${quality}`];
  arguments_.push("--engine", "sharp", "--no-cache", "--quiet");
  const run = spawnSync(flags.planish, arguments_, { encoding: "utf8", env: environment });
  if (run.status !== 0) throw new Error(`planish: ${run.stderr}`);
  return {
    images: names.length,
    identical: same.length,
    rounds: interleaved,
    script: middle("script", "wall"),
    sidecar: middle("sidecar", "wall"),
    ratio: rounded(median(ratios("wall"))),
    ratios: ratios("wall").map((ratio) => rounded(ratio)),
    processorRatio: rounded(median(ratios("processor"))),
    commandWithMeasuring: rounded((performance.now() - began) / 1000),
  };
}

/** What each format costs and gives: the command's own account of the four smallest photos, at one score. */
async function formats() {
  const all = await photos();
  const folder = join(flags.work, "photos-few");
  mkdirSync(folder, { recursive: true });
  const bytes = (name) => statSync(join(all, name)).size;
  const smallest = readdirSync(all).sort((a, b) => bytes(a) - bytes(b)).slice(0, 4);
  for (const name of smallest) copyFileSync(join(all, name), join(folder, name));
  const measured = [];
  for (const format of ["jpeg", "png", "webp", "avif", "tiff"]) {
    const arguments_ = [folder, "-o", join(flags.work, `formats-${format}`), "-f", format, "--engine", "sharp"];
    // One image at a time: the memory is that of one.
    arguments_.push("-j", "1", "--no-cache", "--stats", "--json");
    const run = spawnSync(flags.planish, arguments_, { encoding: "utf8", env: environment, maxBuffer: 1 << 28 });
    if (![0, 1].includes(run.status)) throw new Error(`planish: ${run.stderr}`);
    const [used] = JSON.parse(run.stdout).stats.sidecar.formats;
    measured.push({
      format,
      files: used.files,
      megapixels: rounded(used.pixels / 1e6, 1),
      secondsPerMegapixel: rounded(used.elapsedTime / 1000 / (used.pixels / 1e6)),
      peakMB: Math.round(used.peakMemory / 1e6),
      bitsPerPixel: rounded((used.bytes * 8) / used.pixels),
      score: rounded(used.score, 2),
    });
  }
  return measured;
}

/** The formats as bars, an SVG: its figures side by side. @param {Awaited<ReturnType<typeof formats>>} measured */
function drawnFormats(measured) {
  const figures = [
    ["s per megapixel", "secondsPerMegapixel"],
    ["MB at most", "peakMB"],
    ["bits per pixel", "bitsPerPixel"],
    ["score", "score"],
  ];
  const [width, row, top, left] = [190, 26, 34, 60];
  const height = top + row * measured.length + 10;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width * figures.length} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
  ];
  measured.forEach(({ format }, index) => {
    parts.push(`<text x="${left - 8}" y="${top + index * row + 14}" text-anchor="end">${format}</text>`);
  });
  figures.forEach(([title, field], column) => {
    const x = left + column * width;
    const most = Math.max(...measured.map((one) => one[field]));
    parts.push(`<text x="${x}" y="20" fill="#555">${title}</text>`);
    measured.forEach((one, index) => {
      const [y, length] = [top + index * row, ((width - 70) * one[field]) / most];
      parts.push(`<rect x="${x}" y="${y}" width="${length.toFixed(1)}" height="18" fill="#0b6e5f"/>`);
      parts.push(`<text x="${(x + length + 5).toFixed(1)}" y="${y + 14}">${one[field]}</text>`);
    });
  });
  return `${parts.join("\n")}\n</svg>\n`;
}

/** Resident bytes of a process and of its children. */
function resident(pid) {
  const memory = (process_) => {
    try {
      const status = readFileSync(`/proc/${process_}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  };
  let children = "";
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      children += `${readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")} `;
    }
  } catch {
    // It has ended.
  }
  const others = children.trim().split(/\s+/).filter(Boolean).map(memory);
  return [memory(pid), others.reduce((sum, bytes) => sum + bytes, 0)];
}

/** Mean difference of two pictures' thumbnails, in 8-bit levels. */
async function difference(one, other) {
  const small = (file) =>
    sharp(file, { limitInputPixels: false, sequentialRead: true }).resize(256, 256).raw().toBuffer();
  const [a, b] = [await small(one), await small(other)];
  return a.reduce((sum, sample, at) => sum + Math.abs(sample - b[at]), 0) / a.length;
}

/** One very large TIFF to JPEG within 1 GiB. */
async function large() {
  const edge = Number(flags.edge);
  const source = join(flags.work, "big.tif");
  process.stderr.write(`writing ${edge} × ${edge} pixels\n`);
  writeLargeTiff(source, edge, edge);
  const outputs = join(flags.work, "big-out");
  const arguments_ = [source, "-o", outputs, "-f", "jpeg", "--max-memory", "1GiB", "--no-cache", "--stats", "--json"];
  const began = performance.now();
  const child = spawn(flags.planish, arguments_, { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  const ended = new Promise((resolve) => child.on("close", resolve));
  let code = null;
  ended.then((value) => (code = value));
  const peak = { together: 0, command: 0, sharp: 0 };
  let samples = 0;
  while (code === null) {
    const [command, others] = resident(child.pid);
    peak.together = Math.max(peak.together, command + others);
    peak.command = Math.max(peak.command, command);
    peak.sharp = Math.max(peak.sharp, others);
    samples += 1;
    await sleep(20);
  }
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`planish ended with ${code}: ${text}`);
  const { results, stats } = JSON.parse(text);
  const [result] = results;
  const seen = await sharp(result.outputPath, { limitInputPixels: false }).metadata();
  const megabytes = (bytes) => Math.round(bytes / 1e6);
  return {
    pixels: edge * edge,
    sourceMB: megabytes(statSync(source).size),
    limitMB: megabytes(2 ** 30),
    peakMB: Object.fromEntries(Object.entries(peak).map(([who, bytes]) => [who, megabytes(bytes)])),
    samples,
    seconds: rounded(seconds, 1),
    engine: result.engine,
    engineReason: result.engineReason,
    score: rounded(result.score, 2),
    quality: result.quality,
    outputMB: rounded(result.optimizedSize / 1e6, 1),
    decoded: { format: seen.format, width: seen.width, height: seen.height },
    meanDifference: rounded(await difference(source, result.outputPath), 2),
    requests: stats.sidecar.operations.map(({ operation, format, requests: count, elapsedTime }) => ({
      operation,
      format,
      requests: count,
      seconds: rounded(elapsedTime / 1000, 2),
    })),
  };
}

const reportFile = join(flags.out, "sidecar.json");
const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, "utf8")) : {};
report.machine = { cores, model: cpus()[0]?.model ?? "", memoryMB: Math.round(totalmem() / 1e6) };
report.versions = { node: process.versions.node, sharp: sharp.versions.sharp, vips: sharp.versions.vips };
for (const [part, measure] of Object.entries({ requests, formats, throughput, large })) {
  if (!wants(part)) continue;
  process.stderr.write(`${part}\n`);
  report[part] = await measure();
  rmSync(join(flags.work, "big.tif"), { force: true });
}
mkdirSync(flags.out, { recursive: true });
writeFileSync(reportFile, `${JSON.stringify(report, null, 2)}\n`);
if (report.formats) writeFileSync(join(flags.out, "sidecar.svg"), drawnFormats(report.formats));
