/**
 * Writes a `.br` and a `.gz` beside every file of the build that becomes smaller, for hosts that hand them out
 * as they are. The engine goes from 17.3 to 4.6 MB.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSIBLE = /\.(html|js|css|svg|wasm|webmanifest)$/;

/**
 * Of the levels 0 to 11. The highest takes about a minute for an engine: asked for with
 * `PLANISH_BROTLI=11`, for a build that is published.
 */
const BROTLI = Number(process.env.PLANISH_BROTLI ?? 6);

/** Headers make a tiny file no smaller on the wire. */
const SMALLEST = 1_000;

async function compress(path: string): Promise<void> {
  const bytes = await readFile(path);
  if (bytes.length < SMALLEST) return;
  const [brotli, gzipped] = await Promise.all([
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      },
    }),
    promisify(gzip)(bytes, { level: 6 }),
  ]);
  await Promise.all([writeFile(`${path}.br`, brotli), writeFile(`${path}.gz`, gzipped)]);
}

export function compressed(): Plugin {
  let folder = "";
  return {
    name: "planish:compressed",
    apply: "build",
    enforce: "post",
    configResolved: ({ root, build }) => {
      folder = join(root, build.outDir);
    },
    closeBundle: {
      // After the service worker, which another plugin writes when the bundle is closed.
      order: "post",
      sequential: true,
      async handler() {
        const names = await readdir(folder, { recursive: true });
        for (const name of names.filter((name) => COMPRESSIBLE.test(name)))
          await compress(join(folder, name));
      },
    },
  };
}
