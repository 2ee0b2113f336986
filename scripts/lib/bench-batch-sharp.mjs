// Encodes every image of a folder with sharp, for the benchmarks: as many at once as there are cores.
//
//   node bench-batch-sharp.mjs IN OUT jpeg|png|webp|avif '{"quality":75,…}'
import { readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, parse } from "node:path";
import sharp from "sharp";

const [input, output, format, options = "{}"] = process.argv.slice(2);
const names = (await readdir(input)).sort();
const next = async () => {
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const target = join(output, `${parse(name).name}.${format === "jpeg" ? "jpg" : format}`);
    await sharp(join(input, name), { limitInputPixels: false })[format](JSON.parse(options)).toFile(target);
  }
};
await Promise.all(Array.from({ length: availableParallelism() }, next));
