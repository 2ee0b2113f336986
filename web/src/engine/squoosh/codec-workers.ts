import type { EncodeOrder, EncodeReply, SquooshCodec } from "./order";

/** A codec's memory never shrinks: what nobody has needed for so long is ended. */
const IDLE_MS = 20_000;

interface CodecWorker {
  codec: SquooshCodec;
  worker: Worker;
  idle: ReturnType<typeof setTimeout> | undefined;
}

interface Job {
  codecWorker: CodecWorker;
  done(reply: EncodeReply): void;
}

/**
 * The workers of Squoosh's codecs: one for each encode that runs, kept for a while for the next. No more run than
 * there are threads that wait for them.
 */
export class CodecWorkers {
  private readonly free: CodecWorker[] = [];
  private readonly jobs = new Map<number, Job>();
  private readonly create: () => Worker;

  constructor(create: () => Worker) {
    this.create = create;
  }

  /** Never rejects; a forgotten order is never answered. */
  encode(id: number, order: EncodeOrder): Promise<EncodeReply> {
    return new Promise((resolve) => {
      const codecWorker = this.take(order.codec);
      const { worker } = codecWorker;
      this.jobs.set(id, { codecWorker, done: resolve });
      worker.onmessage = ({ data }: MessageEvent<EncodeReply>) => {
        this.jobs.delete(id);
        this.keep(codecWorker);
        resolve(data);
      };
      worker.onerror = (event) => {
        this.jobs.delete(id);
        worker.terminate();
        resolve({ message: `none: ${event.message || "the codec's worker failed"}`, unavailable: true });
      };
      worker.postMessage(order, [order.pixels.buffer]);
    });
  }

  /** Nobody wants the answer any more: its worker cannot be interrupted, so it is ended. */
  forget(id: number): void {
    const job = this.jobs.get(id);
    if (!job) return;
    this.jobs.delete(id);
    job.codecWorker.worker.terminate();
  }

  private take(codec: SquooshCodec): CodecWorker {
    const at = this.free.findIndex((waiting) => waiting.codec === codec);
    const [waiting] = at < 0 ? [] : this.free.splice(at, 1);
    if (!waiting) return { codec, worker: this.create(), idle: undefined };
    clearTimeout(waiting.idle);
    return waiting;
  }

  private keep(codecWorker: CodecWorker): void {
    codecWorker.idle = setTimeout(() => {
      this.free.splice(this.free.indexOf(codecWorker), 1);
      codecWorker.worker.terminate();
    }, IDLE_MS);
    this.free.push(codecWorker);
  }
}
