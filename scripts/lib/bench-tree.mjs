// A tree of generated images, and what a first and a second run of planish over it cost.
//
//   node bench-tree.mjs --planish COMMAND --work DIR --out FILE [--files 10000]
//
// The tree is the same every time: sizes, formats, folders and names come from a fixed seed.
import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";

const { values: options } = parseArgs({
  options: {
    planish: { type: "string" },
    work: { type: "string" },
    out: { type: "string" },
    files: { type: "string", default: "10000" },
  },
});
const files = Number(options.files);
if (!options.planish || !options.work || !options.out || !Number.isInteger(files) || files < 1) {
  throw new Error("expected --planish COMMAND --work DIR --out FILE and a whole number for --files");
}

/** mulberry32, from 0 to 1. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const FORMATS = ["jpeg", "jpeg", "jpeg", "jpeg", "jpeg", "png", "png", "png", "webp", "gif"];
const AWKWARD = [
  (stem, extension) => `${stem} (copy 2)${extension}`,
  (stem, extension) => `-${stem}${extension}`,
  (stem, extension) => `ünïcödé-写真-${stem}${extension}`,
  (stem, extension) => `a.b.c.${stem}${extension.toUpperCase()}`,
  (stem, extension) => `new\nline-${stem}${extension}`,
  (stem, extension) => `'quoted' "${stem}" $HOME${extension}`,
  (stem, extension) => `${"long-".repeat(36)}${stem}${extension}`,
];

/** Mostly icons and thumbnails, now and then something larger: 16 to 320 pixels wide. */
function widthOf(random) {
  return Math.round(16 * 20 ** (random() ** 3));
}

/** Soft light, a few edges and a little noise; graphics have flat colours. */
function picture(random, width, height, flat) {
  const samples = Buffer.alloc(width * height * 3);
  const [a, b, c, d] = [random(), random(), random(), random()].map((value) => value * 7 + 1);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = [x / width, y / height];
      const wave = Math.sin(a * u * 3 + b * v) + Math.cos(c * v * 3 - d * u);
      const edge = (u - 0.5) ** 2 + (v - 0.5) ** 2 < 0.02 * d ? 60 : 0;
      const noise = flat ? 0 : (random() - 0.5) * 14;
      const light = flat ? Math.round(wave * 2) * 30 : wave * 45;
      for (let channel = 0; channel < 3; channel += 1) {
        const value = 110 + light + edge * (channel - 1) + channel * 12 + noise;
        samples[(y * width + x) * 3 + channel] = Math.max(0, Math.min(255, value));
      }
    }
  }
  return sharp(samples, { raw: { width, height, channels: 3 } });
}

async function makeTree(root) {
  const random = randomFrom(4);
  const formats = {};
  let bytes = 0;
  let pixels = 0;
  for (let index = 0; index < files; index += 1) {
    const format = FORMATS[Math.floor(random() * FORMATS.length)];
    const width = widthOf(random);
    const height = Math.max(8, Math.round(width * (0.6 + random() * 0.8)));
    const image = picture(random, width, height, format === "png" || format === "gif");
    const encoded = await image.toFormat(format, { quality: 92 }).toBuffer();
    const depth = Math.floor(random() * 5);
    const folders = Array.from({ length: depth }, () => `folder ${Math.floor(random() * 6)}`);
    const stem = String(index).padStart(5, "0");
    const extension = format === "jpeg" ? ".jpg" : `.${format}`;
    const name =
      random() < 0.1 ? AWKWARD[index % AWKWARD.length](stem, extension) : `${stem}${extension}`;
    await mkdir(join(root, ...folders), { recursive: true });
    await writeFile(join(root, ...folders, name), encoded);
    formats[format] = (formats[format] ?? 0) + 1;
    bytes += encoded.length;
    pixels += width * height;
  }
  return { files, bytes, megapixels: Math.round(pixels / 1e4) / 100, formats };
}

/** Ticks of a process and the threads it had; a hundred a second on Linux. */
async function usage(pid) {
  const [line, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8"),
    readFile(`/proc/${pid}/status`, "utf8"),
  ]);
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const peak = /VmHWM:\s+(\d+) kB/.exec(status);
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, peak: peak ? Number(peak[1]) * 1024 : 0 };
}

async function measure(argumentList, environment) {
  const started = performance.now();
  const child = spawn(options.planish, argumentList, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  let last = { cpu: 0, peak: 0 };
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = usage(child.pid).then(
      (seen) => {
        // A process that is ending has no memory left to tell of.
        last = { cpu: Math.max(last.cpu, seen.cpu), peak: Math.max(last.peak, seen.peak) };
      },
      () => undefined,
    );
  }, 10);
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const wall = (performance.now() - started) / 1000;
  clearInterval(timer);
  await looking;
  if (code !== 0) {
    throw new Error(`planish ended with ${code}`);
  }
  const report = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  const count = (test) => report.results.filter(test).length;
  return {
    wallSeconds: Math.round(wall * 100) / 100,
    cpuSeconds: Math.round(last.cpu * 100) / 100,
    peakBytes: last.peak,
    completed: report.summary.completed,
    known: count((result) => result.cached),
    unchanged: count((result) => result.action === "unchanged"),
    originalSize: report.summary.originalSize,
    optimizedSize: report.summary.optimizedSize,
  };
}

async function size(folder) {
  let total = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      total += (await stat(join(entry.parentPath, entry.name))).size;
    }
  }
  return total;
}

const root = join(options.work, "tree");
const cache = join(options.work, "cache");
process.stderr.write(`Making ${files} images\n`);
const tree = await makeTree(root);
// Times settle: what was written this instant would be read once more to be sure.
await new Promise((resolve) => setTimeout(resolve, 3000));
const argumentList = [root, "-o", join(options.work, "out"), "--json"];
const runs = [];
for (const name of ["first", "second", "third"]) {
  const run = { name, ...(await measure(argumentList, { PLANISH_CACHE_DIR: cache })) };
  process.stderr.write(`${name} run: ${run.wallSeconds} s, ${run.known} of ${run.completed} known\n`);
  runs.push(run);
}
const document = {
  date: new Date().toISOString().slice(0, 10),
  processor: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  tree,
  runs,
  cacheBytes: await size(cache),
};
await writeFile(options.out, `${JSON.stringify(document, null, 2)}\n`);
