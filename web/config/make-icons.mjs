/**
 * Draws the icons of the installed page from `public/icon.svg`. Run it when that changes:
 * `node web/config/make-icons.mjs`. The results are in the repository, so that a build needs no drawing.
 */
import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const here = (path) => fileURLToPath(new URL(`../public/${path}`, import.meta.url));
const svg = await readFile(here("icon.svg"));
const TRANSPARENT = { r: 0, g: 0, b: 0, alpha: 0 };
/** Behind the drawing where the system cuts its own shape out of the icon. */
const GROUND = { r: 250, g: 246, b: 242, alpha: 1 };

/** @param share How much of the edge the drawing takes; the rest is ground. */
async function draw(name, edge, share, background) {
  const inner = Math.round(edge * share);
  const drawing = await sharp(svg, { density: (72 * inner) / 32 })
    .resize(inner, inner)
    .png()
    .toBuffer();
  await sharp({ create: { width: edge, height: edge, channels: 4, background } })
    .composite([{ input: drawing, gravity: "centre" }])
    .png({ compressionLevel: 9, palette: true })
    .toFile(here(`icons/${name}.png`));
}

await mkdir(here("icons"), { recursive: true });
await draw("192", 192, 1, TRANSPARENT);
await draw("512", 512, 1, TRANSPARENT);
// What matters lies within the middle 80 %: the rest may be cut off.
await draw("maskable-512", 512, 0.7, GROUND);
await draw("apple-touch", 180, 0.8, GROUND);
