import { OptimizationError } from "./errors";
import type { EngineHost, HostJob } from "./host";
import type { LookPicture, LookRequest } from "./look";
import type { EngineInfo, OptimizedImage } from "./port";
import { WorkerConnection } from "./worker-connection";

/**
 * A memory that has once grown past this is given back as soon as nothing is left to do: wasm memory never
 * shrinks, and a tab that sits there with gigabytes is the next one to be discarded.
 */
const KEEP_MEMORY = 768 * 2 ** 20;

/** One worker, one shared memory, one pool of threads. */
export class ThreadsHost implements EngineHost {
  private connection: WorkerConnection | undefined;
  private starting: Promise<EngineInfo> | undefined;
  private readonly threads: number;

  constructor(threads: number) {
    this.threads = threads;
  }

  start(): Promise<EngineInfo> {
    this.starting ??= this.connect();
    return this.starting;
  }

  async run(job: HostJob): Promise<OptimizedImage> {
    await this.start();
    if (!this.connection) throw new OptimizationError("engine_unavailable", "The engine is not running.");
    return this.connection.run(job);
  }

  async look(id: number, request: LookRequest): Promise<LookPicture> {
    await this.start();
    if (!this.connection) throw new OptimizationError("engine_unavailable", "The engine is not running.");
    return this.connection.look(id, request);
  }

  cancel(id: number): void {
    this.connection?.cancel(id);
  }

  drained(): void {
    if (this.connection && this.connection.memory >= KEEP_MEMORY) this.restart();
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
      const reply = await connection.start(this.threads);
      return { kind: "threads", ...reply };
    } catch (thrown) {
      connection.end(OptimizationError.cancelled());
      if (this.connection === connection) this.forget();
      throw thrown;
    }
  }
}
