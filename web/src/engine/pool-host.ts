import { OptimizationError } from "./errors";
import type { EngineHost, HostJob } from "./host";
import type { LookPicture, LookRequest } from "./look";
import type { EngineInfo, OptimizedImage } from "./port";
import { WorkerConnection } from "./worker-connection";

/** Wide machines gain little from more workers of one thread, and each has a memory of its own. */
const MOST_WORKERS = 8;

/** As in the host with threads, for each worker. */
const KEEP_MEMORY = 96 * 2 ** 20;

/** Several workers with one thread each, for where there is no shared memory. */
export class PoolHost implements EngineHost {
  private readonly idle: WorkerConnection[] = [];
  private readonly busy = new Set<WorkerConnection>();
  private readonly size: number;

  constructor(cores: number) {
    this.size = Math.max(1, Math.min(cores, MOST_WORKERS));
  }

  get memory(): number {
    return [...this.idle, ...this.busy].reduce((sum, { memory }) => sum + memory, 0);
  }

  async start(): Promise<EngineInfo> {
    const connection = this.connect();
    const reply = await connection.start(1);
    this.idle.push(connection);
    // All of them together may not ask for more than one address space: nobody has that much to give.
    const { version, maxMemory, looks } = reply;
    return { kind: "single", threads: this.size, version, maxMemory, looks };
  }

  run(job: HostJob): Promise<OptimizedImage> {
    return this.lend((connection) => {
      // Nothing is heard from a worker that computes: say that it has begun, and nothing more precise.
      job.onProgress({ stage: "encode", fraction: null });
      return connection.run(job);
    });
  }

  look(id: number, request: LookRequest): Promise<LookPicture> {
    return this.lend((connection) => connection.look(id, request));
  }

  /** A worker for one job. */
  private async lend<T>(use: (connection: WorkerConnection) => Promise<T>): Promise<T> {
    const connection = this.idle.pop() ?? (await this.started());
    this.busy.add(connection);
    let usable = true;
    try {
      return await use(connection);
    } catch (thrown) {
      usable = thrown instanceof OptimizationError && thrown.code !== "cancelled";
      throw thrown;
    } finally {
      this.busy.delete(connection);
      if (usable) this.idle.push(connection);
    }
  }

  /** The worker is deaf while it computes, so it goes with its job. The next job gets a new one. */
  cancel(id: number): void {
    for (const connection of this.busy) {
      if (connection.has(id)) connection.end(OptimizationError.cancelled());
    }
  }

  restart(): void {
    for (const connection of this.busy) connection.end(OptimizationError.cancelled());
  }

  drained(): void {
    const kept = this.idle.splice(0).filter((connection) => {
      const keep = connection.memory < KEEP_MEMORY;
      if (!keep) connection.end(OptimizationError.cancelled());
      return keep;
    });
    this.idle.push(...kept);
  }

  stop(): void {
    for (const connection of [...this.idle.splice(0), ...this.busy])
      connection.end(OptimizationError.cancelled());
    this.busy.clear();
  }

  private async started(): Promise<WorkerConnection> {
    const connection = this.connect();
    await connection.start(1);
    return connection;
  }

  private connect(): WorkerConnection {
    const worker = new Worker(new URL("./single.worker.ts", import.meta.url), {
      type: "module",
      name: "planish",
    });
    const connection: WorkerConnection = new WorkerConnection(worker, () => {
      const at = this.idle.indexOf(connection);
      if (at >= 0) this.idle.splice(at, 1);
    });
    return connection;
  }
}
