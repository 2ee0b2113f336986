import { OptimizationError } from "./errors";
import type { EngineHost } from "./host";
import { PoolHost } from "./pool-host";
import type { Engine } from "./port";
import { Scheduler } from "./scheduler";
import { whyImpossible } from "./support";
import { ThreadsHost } from "./threads-host";

/** Whether the browser lends memory to several threads: needs the isolation headers. */
export function threadsPossible(): boolean {
  return globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === "function";
}

/**
 * Starts the engine: with threads where the browser allows it, else without.
 *
 * @throws OptimizationError `engine_unavailable`
 */
export async function createEngine(cores = navigator.hardwareConcurrency || 1): Promise<Engine> {
  const impossible = whyImpossible();
  if (impossible) throw new OptimizationError("engine_unavailable", impossible);
  const failures: string[] = [];
  const hosts: EngineHost[] = threadsPossible()
    ? [new ThreadsHost(cores), new PoolHost(cores)]
    : [new PoolHost(cores)];
  for (const host of hosts) {
    try {
      return new Scheduler(host, await host.start());
    } catch (thrown) {
      host.stop();
      failures.push(OptimizationError.from(thrown).message);
    }
  }
  throw new OptimizationError(
    "engine_unavailable",
    `The engine could not be started: ${failures.join("; ")}`,
  );
}
