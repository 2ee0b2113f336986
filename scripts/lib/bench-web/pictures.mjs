// The pictures: of the corpus where there is one, else drawn.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join, parse } from "node:path";
import sharp from "sharp";

/** Photos have at most this many pixels on their longer edge: enough to time, quick enough to do it often. */
const PHOTO_EDGE = 1024;
/** Graphics of more pixels are left out: scaled down they would be photos. */
const GRAPHIC_PIXELS = 1_000_000;

/**
 * Photos and graphics, as raw RGBA and as a PNG of the same pixels, in the folder for the browser.
 *
 * @returns `{ name, kind, width, height }` of each; its files are `name.rgba` and `name.png`.
 */
export async function pictures(work, corpus, count) {
  const photos = await collected(corpus, "photos", [".jpg", ".jpeg", ".png"]);
  const graphics = await collected(corpus, "graphics", [".png"]);
  const chosen = [];
  for (const [kind, files] of [
    ["photo", photos.length > 0 ? photos : await drawn(work, "photo")],
    ["graphic", graphics.length > 0 ? graphics : await drawn(work, "graphic")],
  ]) {
    const small = [];
    for (const file of files) {
      const { width = 0, height = 0, pages = 1 } = await sharp(file).metadata();
      const fits = kind === "photo" ? width * height > 100_000 : width * height <= GRAPHIC_PIXELS;
      if (fits && pages === 1) small.push(file);
    }
    const step = Math.max(1, Math.floor(small.length / count));
    for (const file of small.filter((_, index) => index % step === 0).slice(0, count)) {
      chosen.push(await put(work, file, kind));
    }
  }
  return chosen;
}

async function put(work, file, kind) {
  let image = sharp(file).rotate().toColourspace("srgb");
  if (kind === "photo") {
    image = image
      .flatten({ background: "#fff" })
      .resize({ width: PHOTO_EDGE, height: PHOTO_EDGE, fit: "inside", withoutEnlargement: true });
  }
  const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const name = `${kind}-${parse(file).name.replace(/[^A-Za-z0-9-]/g, "-")}`;
  writeFileSync(join(work, `${name}.rgba`), data);
  const raw = { width: info.width, height: info.height, channels: 4 };
  await sharp(data, { raw }).png({ compressionLevel: 1 }).toFile(join(work, `${name}.png`));
  return { name, kind, width: info.width, height: info.height };
}

async function collected(corpus, part, extensions) {
  const folder = corpus && join(corpus, part);
  if (!folder || !existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => extensions.includes(extname(name).toLowerCase()))
    .sort()
    .map((name) => join(folder, name));
}

/** Soft light and grain, or flat shapes. */
async function drawn(work, kind) {
  const folder = join(work, `drawn-${kind}`);
  mkdirSync(folder, { recursive: true });
  const files = [];
  for (let index = 0; index < 6; index += 1) {
    const file = join(folder, `${index}.png`);
    if (kind === "photo") await scene(1024, 768, index).png().toFile(file);
    else await sharp(Buffer.from(shapes(800, 600, index))).png().toFile(file);
    files.push(file);
  }
  return files;
}

function scene(width, height, seed) {
  const noise = { type: "gaussian", mean: 110 + (seed % 5) * 8, sigma: 30 };
  return sharp({ create: { width, height, channels: 3, background: "#888", noise } })
    .blur(1 + (seed % 4) * 0.7)
    .composite([{ input: Buffer.from(shapes(width, height, seed)), blend: "soft-light" }]);
}

function shapes(width, height, seed) {
  const part = (n) => Math.abs(Math.sin(seed * 97.13 + n * 12.99)) % 1;
  const discs = Array.from({ length: 12 }, (_, n) => {
    const color = `hsl(${Math.round(part(n) * 360)} 60% ${30 + Math.round(part(n + 40) * 50)}%)`;
    const [x, y, r] = [part(n + 10) * width, part(n + 20) * height, (0.04 + part(n + 30) * 0.2) * height];
    return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${r.toFixed(1)}" fill="${color}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${discs.join("")}</svg>`;
}

/** So many different JPEGs of one size, as files. */
export async function drawnFiles(work, folder, count, width, height) {
  mkdirSync(join(work, folder), { recursive: true });
  const files = [];
  for (let index = 0; index < count; index += 1) {
    const file = join(work, folder, `image-${index}.jpg`);
    await scene(width, height, index).jpeg({ quality: 93 }).toFile(file);
    files.push(file);
  }
  return files;
}
