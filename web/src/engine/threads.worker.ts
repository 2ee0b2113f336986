/**
 * The engine with threads: one shared memory, one pool. Jobs run on the pool, so this worker's event loop is
 * always free to start, watch and cancel them. The threads of the pool run this same script.
 */
import * as comlink from "comlink";
import * as pkg from "planish-wasm/threads";
import init, { initThreadPool, JobHandle, optimize, threads, version } from "planish-wasm/threads";
import wasm from "planish-wasm/threads.wasm?url";
import { JobRunner } from "./job-runner";
import { createSharedMemory } from "./memory";
import { CodecWorkers } from "./squoosh/codec-workers";
import { serveSquoosh } from "./squoosh/serve";
import { compiledModule, reportCrashesTo, THREAD_NAME } from "./start-workers";
import { becomeThread } from "./thread";
import type { EngineWorkerApi } from "./worker-api";

let runner: JobRunner | undefined;

const codecWorker = () =>
  new Worker(new URL("./squoosh/codec.worker.ts", import.meta.url), { type: "module", name: "squoosh" });

function started(): JobRunner {
  if (!runner) throw new Error("start() comes before everything else");
  return runner;
}

const api: EngineWorkerApi = {
  async start({ threads: wanted, crashChannel, module: compiled }, onProgress) {
    const { memory, maxBytes } = createSharedMemory();
    reportCrashesTo(crashChannel);
    await init({ module_or_path: compiled ?? wasm, memory });
    await initThreadPool(wanted);
    void serveSquoosh(pkg, new CodecWorkers(codecWorker));
    runner = new JobRunner(
      {
        createHandle: () => new JobHandle(),
        optimize,
        preview: pkg.preview,
        compare: pkg.compare,
        memoryBytes: () => memory.buffer.byteLength,
      },
      onProgress,
    );
    return {
      version: version(),
      threads: threads(),
      maxMemory: maxBytes,
      looks: "compare" in pkg,
      memory: memory.buffer.byteLength,
      module: compiledModule(),
    };
  },
  run: (id, file, name, settings) => started().run(id, file, name, settings),
  look: (id, request) => started().look(id, request),
  cancel: (id) => started().cancel(id),
};

if (self.name === THREAD_NAME) becomeThread();
else comlink.expose(api);
