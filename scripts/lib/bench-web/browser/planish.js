// planish's engine in a worker, with as many threads as it is told.
import init, * as engine from "/engine/threads/planish_wasm.js";
import { answer, fetched } from "./answer.js";

let starting;

function started(threads) {
  starting ??= (async () => {
    await init({ module_or_path: "/engine/threads/planish_wasm_bg.wasm" });
    await engine.initThreadPool(threads);
  })();
  return starting;
}

async function optimized(bytes, settings) {
  const { bytes: output, result } = await engine.optimize(
    bytes,
    JSON.stringify(settings),
    "picture",
    new engine.JobHandle(),
  );
  return { output, result: JSON.parse(result) };
}

answer({
  /** The encoder's own time, and that of the whole call, which decodes, measures and verifies too. */
  async encode({ picture, settings, threads = 1 }) {
    await started(threads);
    const { output, result } = await optimized(await fetched(`/generated/${picture}.png`), settings);
    const made = result.candidates.length;
    if (made !== 1) throw new Error(`expected one candidate for ${picture}, got ${made}`);
    const ms = result.timings.find(({ stage }) => stage === "encode").ms;
    return { ms, whole: result.elapsedTime, bytes: output.length, score: result.score };
  },
  async score({ picture, file, threads = 1 }) {
    await started(threads);
    const original = await fetched(`/generated/${picture}.png`);
    return (await engine.compare(original, file, "{}", 16, new engine.JobHandle())).score;
  },
  /** All at once, as the page does; gives milliseconds. */
  async batch({ files, settings, threads }) {
    await started(threads);
    const inputs = await Promise.all(files.map((file) => fetched(`/generated/${file}`)));
    const start = performance.now();
    await Promise.all(inputs.map((bytes) => optimized(bytes, settings)));
    return performance.now() - start;
  },
});
