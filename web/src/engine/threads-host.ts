import { OptimizationError } from "./errors";
import type { EngineHost, HostJob } from "./host";
import type { LookPicture, LookRequest } from "./look";
import type { EngineInfo, OptimizedImage } from "./port";
import { WorkerConnection } from "./worker-connection";

/**
 * A memory that has once grown past this is given back when nothing is left to do: wasm memory never shrinks, and a
 * tab that sits there with gigabytes is the next one to be discarded. A new engine holds 68 MiB.
 */
const KEEP_MEMORY = 80 * 2 ** 20;

/** So long nothing must have been asked for: who tries one setting after the other should not wait for an engine. */
const IDLE_MS = 3_000;

/** One worker, one shared memory, one pool of threads. */
export class ThreadsHost implements EngineHost {
  private connection: WorkerConnection | undefined;
  private starting: Promise<EngineInfo> | undefined;
  private idle: ReturnType<typeof setTimeout> | undefined;
  /** Compiled once: an engine that takes the place of another starts without compiling it all again. */
  private module: WebAssembly.Module | undefined;
  private readonly threads: number;
  private readonly idleMs: number;

  constructor(threads: number, idleMs = IDLE_MS) {
    this.threads = threads;
    this.idleMs = idleMs;
  }

  get memory(): number {
    return this.connection?.memory ?? 0;
  }

  start(): Promise<EngineInfo> {
    this.starting ??= this.connect();
    return this.starting;
  }

  async run(job: HostJob): Promise<OptimizedImage> {
    clearTimeout(this.idle);
    await this.start();
    if (!this.connection) throw new OptimizationError("engine_unavailable", "The engine is not running.");
    return this.connection.run(job);
  }

  async look(id: number, request: LookRequest): Promise<LookPicture> {
    clearTimeout(this.idle);
    await this.start();
    if (!this.connection) throw new OptimizationError("engine_unavailable", "The engine is not running.");
    return this.connection.look(id, request);
  }

  cancel(id: number): void {
    this.connection?.cancel(id);
  }

  drained(): void {
    clearTimeout(this.idle);
    if (this.memory >= KEEP_MEMORY) this.idle = setTimeout(() => this.restart(), this.idleMs);
  }

  restart(): void {
    this.stop();
    // Started at once rather than with the next image, so that one does not wait for it. A failure is not
    // lost: the next job starts the engine again and is told.
    void this.start().catch(() => this.stop());
  }

  stop(): void {
    this.connection?.end(OptimizationError.cancelled());
    this.forget();
  }

  private forget(): void {
    clearTimeout(this.idle);
    this.connection = undefined;
    this.starting = undefined;
  }

  private async connect(): Promise<EngineInfo> {
    const worker = new Worker(new URL("./threads.worker.ts", import.meta.url), {
      type: "module",
      name: "planish",
    });
    const connection = new WorkerConnection(worker, () => {
      if (this.connection === connection) this.forget();
    });
    this.connection = connection;
    try {
      const { module, memory: _memory, ...info } = await connection.start(this.threads, this.module);
      this.module = module;
      return { kind: "threads", ...info };
    } catch (thrown) {
      connection.end(OptimizationError.cancelled());
      if (this.connection === connection) this.forget();
      throw thrown;
    }
  }
}
