// Makes the pictures of docs/goals.md: a generated photo, what scores look like, where JPEG loses, size against score.
//
//   node pictures.mjs PLANISH WORK OUT
//
// PLANISH is the command, WORK a folder for what lies between, OUT the folder of the pictures. The same command makes the
// same pictures.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { curves } from "./curves.mjs";
import { HEIGHT, photo, WIDTH } from "./scene.mjs";

const [planish, work, out] = process.argv.slice(2);
if (!out) throw new Error("expected PLANISH WORK OUT");
mkdirSync(out, { recursive: true });

/** Runs the command without a cache or recipe, and gives its result for one image. */
function optimize(input, output, ...flags) {
  const text = execFileSync(planish, [input, "-o", output, "--json", "--no-cache", "--no-config", ...flags], {
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  return JSON.parse(text).results[0];
}

/** Makes a picture of the book as small as it gets without changing a pixel. */
async function keep(name, image) {
  const large = join(work, `large-${name}.png`);
  await image.png().toFile(large);
  optimize(large, join(out, `${name}.png`), "--lossless", "--effort", "9");
}

const scene = join(work, "photo.png");
await sharp(photo(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
  .png()
  .toFile(scene);

// What scores look like: a part of the photo, each pixel as large as nine.
const PART = { left: 100, top: 90, width: 64, height: 64 };
const enlarged = (file) =>
  sharp(file)
    .extract(PART)
    .resize(PART.width * 3, PART.height * 3, { kernel: "nearest" });
await keep("score-original", enlarged(scene));
for (const score of [90, 80, 70, 60, 30]) {
  const jpeg = join(work, `${score}.jpg`);
  optimize(scene, jpeg, "-f", "jpeg", "--target", `ssim2=${score}`);
  await keep(`score-${score}`, enlarged(jpeg));
}

// Where a JPEG differs.
const heat = join(work, "heat.png");
execFileSync(planish, ["compare", scene, join(work, "60.jpg"), "--heatmap", heat]);
optimize(heat, join(out, "heat-map.png"), "--lossless", "--effort", "9");
optimize(scene, join(out, "photo.jpg"), "-f", "jpeg");
optimize(scene, join(out, "photo-60.jpg"), "-f", "jpeg", "--target", "ssim2=60");

// How many bytes a score takes, by format.
const series = ["jpeg", "webp", "avif"].map((format) => {
  const points = [10, 20, 30, 40, 50, 60, 70, 80, 86, 90, 94].map((quality) => {
    const { score, optimizedSize } = optimize(
      scene,
      join(work, `curve.${format}`),
      "-f",
      format,
      "-q",
      String(quality),
    );
    return { score, kilobytes: optimizedSize / 1000 };
  });
  return { format, points };
});
writeFileSync(join(out, "size-against-score.svg"), curves(series));
