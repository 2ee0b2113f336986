/** One encode by one of Squoosh's codecs, in a thread of its own. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

const require = createRequire(import.meta.url);
const { codec, width, height, bits, options, pixels } = workerData;

/** The builds for one thread: others give other bytes, or need a browser. */
const stem = `@jsquash/${codec}/codec/enc/${codec}_enc`;

try {
  const [{ default: factory }, binary] = await Promise.all([
    import(pathToFileURL(require.resolve(`${stem}.js`)).href),
    readFile(require.resolve(`${stem}.wasm`)),
  ]);
  const module = await factory({ noInitialRun: true, wasmBinary: binary });
  const view = bits === 8 ? new Uint8ClampedArray(pixels.buffer) : new Uint8Array(pixels.buffer);
  const file = module.encode(view, width, height, options);
  // A copy: the result may lie in the module's own memory.
  parentPort?.postMessage(file ? { file: new Uint8Array(file) } : { error: "the codec made no file" });
} catch (error) {
  parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) });
}
