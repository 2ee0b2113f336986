import * as comlink from "comlink";
import { EngineCrash, OptimizationError } from "./errors";
import type { HostJob } from "./host";
import type { LookPicture, LookRequest } from "./look";
import type { OptimizedImage } from "./port";
import { stageAt } from "./stages";
import type { EngineWorkerApi, ProgressUpdate, StartReply } from "./worker-api";

interface Flight {
  onProgress: HostJob["onProgress"] | null;
  abandon(reason: Error): void;
}

/** One worker, from its start to its end, and the jobs inside it. */
export class WorkerConnection {
  private readonly flights = new Map<number, Flight>();
  private readonly remote: comlink.Remote<EngineWorkerApi>;
  private readonly worker: Worker;
  private readonly onCrash: () => void;
  private abandonStart: ((reason: Error) => void) | undefined;
  private ended = false;
  private readonly crashes = new BroadcastChannel(`planish-crash-${performance.timeOrigin}-${Math.random()}`);
  /** Bytes of its memory after the last job: it never shrinks. */
  memory = 0;

  constructor(worker: Worker, onCrash: () => void) {
    this.worker = worker;
    this.onCrash = onCrash;
    this.remote = comlink.wrap<EngineWorkerApi>(worker);
    // A trap outside a job, or a script that does not load: no promise would tell.
    worker.addEventListener("error", (event) => this.crash(event.message || "the engine's worker failed"));
    worker.addEventListener("messageerror", () => this.crash("an unreadable message came from the engine"));
    this.crashes.addEventListener("message", ({ data }) => this.crash(String(data)));
  }

  get busy(): number {
    return this.flights.size;
  }

  start(threads: number, module?: WebAssembly.Module): Promise<StartReply> {
    const progress = comlink.proxy((update: ProgressUpdate) => this.progress(update));
    return new Promise<StartReply>((resolve, reject) => {
      this.abandonStart = reject;
      this.remote.start({ threads, crashChannel: this.crashes.name, module }, progress).then((reply) => {
        this.memory = reply.memory;
        resolve(reply);
      }, reject);
    });
  }

  run(job: HostJob): Promise<OptimizedImage> {
    return new Promise<OptimizedImage>((resolve, reject) => {
      this.flights.set(job.id, { onProgress: job.onProgress, abandon: reject });
      this.remote.run(job.id, job.file, job.name, job.settings).then(
        (reply) => {
          this.flights.delete(job.id);
          this.memory = reply.memory;
          if (reply.ok) resolve({ blob: reply.blob, result: reply.result });
          else reject(OptimizationError.from(reply.error));
        },
        (thrown: unknown) => {
          this.flights.delete(job.id);
          reject(OptimizationError.from(thrown));
        },
      );
    });
  }

  look(id: number, request: LookRequest): Promise<LookPicture> {
    return new Promise<LookPicture>((resolve, reject) => {
      this.flights.set(id, { onProgress: null, abandon: reject });
      this.remote.look(id, request).then(
        (reply) => {
          this.flights.delete(id);
          this.memory = reply.memory;
          if (reply.ok) resolve(reply.picture);
          else reject(OptimizationError.from(reply.error));
        },
        (thrown: unknown) => {
          this.flights.delete(id);
          reject(OptimizationError.from(thrown));
        },
      );
    });
  }

  cancel(id: number): void {
    if (this.flights.has(id)) void this.remote.cancel(id);
  }

  has(id: number): boolean {
    return this.flights.has(id);
  }

  /** The engine is gone: whoever was in it hears of it, and may be tried again. */
  crash(message: string): void {
    if (this.ended) return;
    this.end(new EngineCrash(message));
    this.onCrash();
  }

  /** Ends the worker; jobs in it are rejected with the reason. */
  end(reason: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.worker.terminate();
    this.crashes.close();
    this.abandonStart?.(reason);
    for (const { abandon } of this.flights.values()) abandon(reason);
    this.flights.clear();
  }

  private progress(update: ProgressUpdate): void {
    for (const [id, stage, fraction] of update) {
      this.flights.get(id)?.onProgress?.({ stage: stageAt(stage), fraction });
    }
  }
}
