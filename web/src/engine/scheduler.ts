import { estimateBytes, fits, memoryBudget } from "./admission";
import { readDimensions } from "./dimensions";
import { EngineCrash, OptimizationError } from "./errors";
import type { EngineHost } from "./host";
import type { DifferencePicture, LookOptions, LookPicture, LookRequest, PreviewPicture } from "./look";
import type { Engine, EngineInfo, EngineProgress, EngineTask, OptimizedImage, OptimizeOptions } from "./port";
import { PriorityQueue } from "./priority-queue";
import type { SettingsLayer } from "./types";

/** After this many crashes with an image in the engine, the second time alone, the image is the cause. */
const CRASHES_ALLOWED = 2;

/**
 * Codecs look at their cancel flag now and then. Whoever has not stopped after this is stopped with the engine,
 * so that together it takes less than half a second.
 */
const CANCEL_GRACE_MS = 250;

interface Job {
  readonly id: number;
  readonly order: number;
  /** Whose turn it is for, to those who ask to change it. */
  readonly key: number | undefined;
  readonly name: string;
  readonly file: Blob;
  readonly signal: AbortSignal | undefined;
  /** Whether it may start while the queue is paused: somebody waits in front of it. */
  readonly whilePaused: boolean;
  /** Runs it and answers its caller; rejects when it failed. */
  readonly run: () => Promise<void>;
  /** Raised after a crash, so that suspects are settled before anything new starts. */
  priority: number;
  crashes: number;
  estimate: number | null;
  reject(error: OptimizationError): void;
}

/** What one looks at is made before everything that waits. */
const LOOK_PRIORITY = 1_000;

interface Work<T> {
  key?: number | undefined;
  name: string;
  file: Blob;
  signal?: AbortSignal | undefined;
  priority: number;
  whilePaused: boolean;
  run: (id: number) => Promise<T>;
}

/**
 * Decides which job runs when: by priority, by the memory it is expected to need, and after a crash one
 * suspect at a time. Knows nothing of workers.
 */
export class Scheduler implements Engine {
  private readonly waiting = new PriorityQueue<Job>();
  private readonly running = new Set<Job>();
  private pumping = false;
  private pumpWanted = false;
  private paused = false;
  private disposed = false;
  private nextId = 1;
  private readonly host: EngineHost;
  readonly info: EngineInfo;

  private readonly grace: number;

  constructor(host: EngineHost, info: EngineInfo, grace = CANCEL_GRACE_MS) {
    this.grace = grace;
    this.host = host;
    this.info = info;
  }

  get memory(): number {
    return this.host.memory;
  }

  optimize(task: EngineTask, options: OptimizeOptions = {}): Promise<OptimizedImage> {
    const { file, name, key, priority = 0 } = task;
    const onProgress = (progress: EngineProgress) => options.onProgress?.(progress);
    return this.enqueue({
      key,
      name,
      file,
      signal: options.signal,
      priority,
      whilePaused: false,
      run: (id) => {
        onProgress({ stage: "sniff", fraction: 0 });
        return this.host.run({ id, file, name, settings: task.settings(), onProgress });
      },
    });
  }

  preview(file: Blob, longestEdge: number, options: LookOptions = {}): Promise<PreviewPicture> {
    return this.look({ kind: "preview", file, longestEdge }, options) as Promise<PreviewPicture>;
  }

  compare(
    original: Blob,
    optimized: Blob,
    settings: SettingsLayer,
    longestEdge: number,
    options: LookOptions = {},
  ): Promise<DifferencePicture> {
    const request = { kind: "compare", file: original, optimized, settings, longestEdge } as const;
    return this.look(request, options) as Promise<DifferencePicture>;
  }

  private look(request: LookRequest, { signal }: LookOptions): Promise<LookPicture> {
    return this.enqueue({
      name: request.kind,
      file: request.file,
      signal,
      priority: LOOK_PRIORITY,
      whilePaused: true,
      run: (id) => this.host.look(id, request),
    });
  }

  private enqueue<T>({ signal, run, ...work }: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.disposed) {
        reject(new OptimizationError("engine_unavailable", "The engine was shut down."));
        return;
      }
      if (signal?.aborted) {
        reject(OptimizationError.cancelled());
        return;
      }
      const id = this.nextId++;
      const abort = () => this.abort(job);
      const settled = () => signal?.removeEventListener("abort", abort);
      const job: Job = {
        ...work,
        key: work.key,
        id,
        order: id,
        signal,
        crashes: 0,
        estimate: null,
        run: async () => {
          const answer = await run(id);
          settled();
          resolve(answer);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.waiting.push(job);
      this.pump();
    });
  }

  prioritize(key: number, priority: number): void {
    const job = this.waiting.find((waiting) => waiting.key === key);
    // Suspects of a crash are settled first, whatever anybody looks at.
    if (!job || job.crashes > 0) return;
    this.waiting.remove(job);
    job.priority = priority;
    this.waiting.push(job);
    this.pump();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.pump();
  }

  dispose(): void {
    this.disposed = true;
    for (const job of [...this.waiting.drain(), ...this.running]) job.reject(OptimizationError.cancelled());
    this.running.clear();
    this.host.stop();
  }

  private abort(job: Job): void {
    // The caller hears of it at once; a running job keeps its memory reserved until it has really stopped.
    job.reject(OptimizationError.cancelled());
    if (!this.waiting.remove(job)) {
      this.host.cancel(job.id);
      setTimeout(() => this.endDeaf(job), this.grace);
    }
    this.pump();
  }

  /** Only where nobody else would lose what has been done: the engine is one for all. */
  private endDeaf(job: Job): void {
    if (!this.running.has(job) || this.disposed) return;
    for (const { signal } of this.running) if (!signal?.aborted) return;
    this.host.restart();
  }

  private pump(): void {
    this.pumpWanted = true;
    if (this.pumping) return;
    this.pumping = true;
    void this.pumpWhileWanted();
  }

  private async pumpWhileWanted(): Promise<void> {
    try {
      while (this.pumpWanted) {
        this.pumpWanted = false;
        await this.admit();
      }
    } finally {
      this.pumping = false;
    }
  }

  /** Starts everything that may start. */
  private async admit(): Promise<void> {
    for (;;) {
      const job = this.waiting.peek();
      if (!job || this.disposed || (this.paused && !job.whilePaused)) return;
      if (job.estimate === null) {
        // The queue may look different after this: begin again.
        job.estimate = await this.estimate(job);
        continue;
      }
      if (!this.mayStart(job, job.estimate)) return;
      this.waiting.remove(job);
      void this.start(job);
    }
  }

  private mayStart(job: Job, estimate: number): boolean {
    if (this.running.size === 0) return true;
    if (job.crashes > 0) return false;
    let reserved = 0;
    for (const other of this.running) {
      if (other.crashes > 0) return false;
      reserved += other.estimate ?? 0;
    }
    // More jobs than threads would only hold memory while they wait for each other.
    if (this.running.size >= this.info.threads) return false;
    return fits(estimate, reserved, memoryBudget(this.info.maxMemory));
  }

  private async estimate(job: Job): Promise<number> {
    try {
      return estimateBytes(job.file.size, await readDimensions(job.file));
    } catch {
      // Unreadable (moved, deleted): the worker will say so, properly, when it tries to read all of it.
      return estimateBytes(job.file.size, null);
    }
  }

  private async start(job: Job): Promise<void> {
    this.running.add(job);
    const begun = performance.now();
    try {
      await job.run();
    } catch (thrown) {
      this.failed(job, thrown);
    } finally {
      this.running.delete(job);
      // For the browser's own tools, and for a bug report: when the work really began and ended.
      performance.measure("planish:job", { start: begun, detail: { name: job.name } });
      if (this.running.size === 0 && this.waiting.size === 0 && !this.disposed) this.host.drained();
      this.pump();
    }
  }

  private failed(job: Job, thrown: unknown): void {
    if (!(thrown instanceof EngineCrash)) {
      job.reject(OptimizationError.from(thrown));
      return;
    }
    job.crashes += 1;
    if (job.signal?.aborted || this.disposed) return;
    if (job.crashes >= CRASHES_ALLOWED) {
      job.reject(
        new OptimizationError(
          "engine_crashed",
          "The engine stopped twice on this image: it may need more memory than a browser tab can have.",
        ),
      );
      return;
    }
    job.priority = Number.POSITIVE_INFINITY;
    this.waiting.push(job);
  }
}
