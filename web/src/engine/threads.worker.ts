/**
 * The engine with threads: one shared memory, one pool. Jobs run on the pool, so this worker's event loop is
 * always free to start, watch and cancel them.
 */
import * as comlink from "comlink";
import init, { initThreadPool, JobHandle, optimize, threads, version } from "planish-wasm/threads";
import { JobRunner } from "./job-runner";
import { createSharedMemory } from "./memory";
import type { EngineWorkerApi } from "./worker-api";

let runner: JobRunner | undefined;

function started(): JobRunner {
  if (!runner) throw new Error("start() comes before everything else");
  return runner;
}

const api: EngineWorkerApi = {
  async start(wanted, onProgress) {
    const { memory, maxBytes } = createSharedMemory();
    await init({ memory });
    await initThreadPool(wanted);
    runner = new JobRunner(
      { createHandle: () => new JobHandle(), optimize, memoryBytes: () => memory.buffer.byteLength },
      onProgress,
    );
    return { version: version(), threads: threads(), maxMemory: maxBytes };
  },
  run: (id, file, name, settings) => started().run(id, file, name, settings),
  cancel: (id) => started().cancel(id),
};

comlink.expose(api);
