/**
 * Starts the threads of the pool. Takes the place of the helper that comes with wasm-bindgen-rayon (see
 * `vite.config.ts`), which says nothing when a thread dies: a trap (out of memory, a defect in a codec) would
 * leave its job unanswered forever.
 */

/** The name by which a worker knows that it is a thread of the pool, not the engine. */
export const THREAD_NAME = "planish-thread";

export interface ThreadStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  receiver: number;
  crashChannel: string;
}

/** wasm-bindgen-rayon's own. */
interface PoolBuilder {
  numThreads(): number;
  receiver(): number;
  build(): void;
}

let crashChannel = "";

/**
 * Where a dying thread says so. A broadcast to the page rather than a message to the engine's worker: that one
 * may by then be waiting for a lock that the dead thread holds.
 */
export function reportCrashesTo(channel: string): void {
  crashChannel = channel;
}

let compiled: WebAssembly.Module | undefined;

/** What the threads run, once they are started. */
export function compiledModule(): WebAssembly.Module | undefined {
  return compiled;
}

// Kept, because a worker that nobody refers to may be collected while it runs.
const threads: Worker[] = [];

/** Called by the generated code of `initThreadPool`. */
export async function startWorkers(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  builder: PoolBuilder,
): Promise<void> {
  compiled = module;
  const start: ThreadStart = { module, memory, receiver: builder.receiver(), crashChannel };
  const started = Array.from({ length: builder.numThreads() }, () => startThread(start));
  threads.push(...(await Promise.all(started)));
  builder.build();
}

function startThread(start: ThreadStart): Promise<Worker> {
  return new Promise((resolve, reject) => {
    // The script of the engine's worker itself, which is in the browser's cache by now.
    const worker = new Worker(self.location.href, { type: "module", name: THREAD_NAME });
    worker.addEventListener("message", () => resolve(worker), { once: true });
    worker.addEventListener(
      "error",
      (event) => reject(new Error(event.message || "a thread could not start")),
      {
        once: true,
      },
    );
    worker.postMessage(start);
  });
}
