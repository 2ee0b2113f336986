/**
 * The engine without threads, for browsers and hosts that give no shared memory: this worker is busy while its
 * job runs, so it is one of several, and cancelling means replacing it.
 */
import * as comlink from "comlink";
import * as pkg from "planish-wasm/single";
import init, { JobHandle, optimize, version } from "planish-wasm/single";
import wasm from "planish-wasm/single.wasm?url";
import { JobRunner } from "./job-runner";
import type { EngineWorkerApi } from "./worker-api";

/** A memory of its own, of which nothing has to be reserved: as large as addresses reach. */
const MAX_MEMORY = 4 * 2 ** 30;

let runner: JobRunner | undefined;

function started(): JobRunner {
  if (!runner) throw new Error("start() comes before everything else");
  return runner;
}

const api: EngineWorkerApi = {
  async start(_options, onProgress) {
    const exports = (await init({ module_or_path: wasm })) as { memory: WebAssembly.Memory };
    runner = new JobRunner(
      {
        createHandle: () => new JobHandle(),
        optimize,
        preview: pkg.preview,
        compare: pkg.compare,
        memoryBytes: () => exports.memory.buffer.byteLength,
      },
      onProgress,
    );
    return {
      version: version(),
      threads: 1,
      maxMemory: MAX_MEMORY,
      looks: "compare" in pkg,
      memory: exports.memory.buffer.byteLength,
    };
  },
  run: (id, file, name, settings) => started().run(id, file, name, settings),
  look: (id, request) => started().look(id, request),
  cancel: (id) => started().cancel(id),
};

comlink.expose(api);
