import type { LookPicture, LookRequest } from "./look";
import type { EngineInfo, EngineProgress, OptimizedImage } from "./port";
import type { SettingsLayer } from "./types";

/** A job on its way into a worker. */
export interface HostJob {
  id: number;
  file: Blob;
  name: string;
  settings: SettingsLayer;
  onProgress: (progress: EngineProgress) => void;
}

/**
 * Where jobs run: one worker with threads, or a pool of workers without. The scheduler decides which job runs
 * when and what a crash means; a host only runs what it is given.
 */
export interface EngineHost {
  /** Bytes of WebAssembly memory that are held now, over all workers. */
  readonly memory: number;
  start(): Promise<EngineInfo>;
  /**
   * Rejects with an `OptimizationError` when the job failed, with an `EngineCrash` when the worker it was in
   * stopped. The host is usable again after a crash: it restarts before the next job.
   */
  run(job: HostJob): Promise<OptimizedImage>;
  /** As `run`, for a picture. Only where the engine that was started says `looks`. */
  look(id: number, request: LookRequest): Promise<LookPicture>;
  /** The job's promise then rejects with `cancelled`; too late or unknown is no error. */
  cancel(id: number): void;
  /** Ends at once whatever runs, as cancelled; the next job finds a fresh engine. */
  restart(): void;
  /** Called when nothing runs or waits any more: the time to give memory back, soon. */
  drained(): void;
  stop(): void;
}
