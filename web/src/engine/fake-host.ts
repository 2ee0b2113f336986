/** A host without workers, for tests of the scheduler. */
import { EngineCrash, OptimizationError } from "./errors";
import { fakeResult } from "./fake-engine";
import type { EngineHost, HostJob } from "./host";
import type { LookPicture, LookRequest } from "./look";
import type { EngineInfo, OptimizedImage } from "./port";

interface Running {
  job: HostJob;
  resolve(image: OptimizedImage): void;
  reject(reason: Error): void;
}

export class FakeHost implements EngineHost {
  readonly memory = 64 * 2 ** 20;
  readonly running = new Map<string, Running>();
  /** Names in the order they were started. */
  readonly started: string[] = [];
  drains = 0;
  stopped = false;

  start(): Promise<EngineInfo> {
    return Promise.resolve({ kind: "threads", threads: 2, version: "test", maxMemory: 2 ** 32 });
  }

  run(job: HostJob): Promise<OptimizedImage> {
    this.started.push(job.name);
    return new Promise((resolve, reject) => {
      const settle = () => this.running.delete(job.name);
      this.running.set(job.name, {
        job,
        resolve: (image) => {
          settle();
          resolve(image);
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      });
    });
  }

  readonly looks: LookRequest[] = [];

  look(_id: number, request: LookRequest): Promise<LookPicture> {
    this.looks.push(request);
    return Promise.resolve({ width: 1, height: 1, rgba: new Uint8ClampedArray(4), score: 80 });
  }

  /** Deaf to cancelling, like a codec in the middle of a frame. */
  deaf = false;
  restarts = 0;

  restart(): void {
    this.restarts += 1;
    for (const { reject } of [...this.running.values()]) reject(OptimizationError.cancelled());
  }

  cancel(id: number): void {
    if (this.deaf) return;
    for (const { job, reject } of this.running.values()) {
      if (job.id === id) reject(OptimizationError.cancelled());
    }
  }

  drained(): void {
    this.drains += 1;
  }

  stop(): void {
    this.stopped = true;
  }

  finish(name: string): void {
    const entry = this.running.get(name);
    if (!entry) throw new Error(`${name} is not running`);
    entry.resolve({ blob: new Blob([name]), result: fakeResult(10, 5, { inputPath: name }) });
  }

  fail(name: string, reason: Error): void {
    const entry = this.running.get(name);
    if (!entry) throw new Error(`${name} is not running`);
    entry.reject(reason);
  }

  /** Everything in flight is lost, as when a shared memory dies. */
  crash(): void {
    for (const { reject } of [...this.running.values()]) reject(new EngineCrash("trap"));
  }
}
