// Encodes one file with sharp, on one thread, for the benchmarks.
//
//   node sharp.mjs input output '{"quality":80,…}'    the output's extension names the format
//   node sharp.mjs --version                          versions of sharp and of the libraries in it
import { extname } from "node:path";
import sharp from "sharp";

const [input, output, options = "{}"] = process.argv.slice(2);
const encoders = { ".jpg": "jpeg", ".png": "png", ".webp": "webp", ".avif": "avif" };

if (input === "--version") {
  const { sharp: version, vips, mozjpeg, webp, heif, aom } = sharp.versions;
  const libraries = Object.entries({ vips, mozjpeg, webp, heif, aom }).map((entry) => entry.join(" "));
  process.stdout.write(`${version} (${libraries.join(", ")})\n`);
} else {
  const encoder = encoders[extname(output ?? "")];
  if (!encoder) throw new Error(`expected an output named ${Object.keys(encoders).join(", ")}, got ${output}`);
  sharp.concurrency(1);
  await sharp(input)[encoder](JSON.parse(options)).toFile(output);
}
