import { describe, expect, it, vi } from "vitest";
import { CodecWorkers } from "./codec-workers";
import type { EncodeOrder, EncodeReply } from "./order";
import { type SquooshOrders, serveSquoosh } from "./serve";

/** Answers when it is told to. */
class FakeWorker {
  onmessage: ((event: { data: EncodeReply }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;
  ended = false;
  orders: EncodeOrder[] = [];
  postMessage(order: EncodeOrder): void {
    this.orders.push(order);
  }
  terminate(): void {
    this.ended = true;
  }
}

function workers() {
  const made: FakeWorker[] = [];
  const pool = new CodecWorkers(() => {
    const worker = new FakeWorker();
    made.push(worker);
    return worker as unknown as Worker;
  });
  return { pool, made };
}

const order = (codec: "avif" | "jxl"): EncodeOrder => ({
  codec,
  width: 1,
  height: 1,
  bits: 8,
  options: {},
  pixels: new Uint8Array(4),
});

const reply: EncodeReply = { file: new Uint8Array([1, 2, 3]) };

describe("the workers of Squoosh's codecs", () => {
  it("run side by side, are used again, and by their own codec only", async () => {
    const { pool, made } = workers();
    const first = pool.encode(1, order("jxl"));
    const second = pool.encode(2, order("jxl"));
    expect(made).toHaveLength(2);
    made[0]?.onmessage?.({ data: reply });
    expect(await first).toBe(reply);
    void pool.encode(3, order("jxl"));
    expect(made).toHaveLength(2);
    made[1]?.onmessage?.({ data: reply });
    await second;
    void pool.encode(4, order("avif"));
    expect(made).toHaveLength(3);
  });

  it("end when they are idle, when nobody waits, and when they fail", async () => {
    vi.useFakeTimers();
    try {
      const { pool, made } = workers();
      const done = pool.encode(1, order("jxl"));
      made[0]?.onmessage?.({ data: reply });
      await done;
      vi.advanceTimersByTime(60_000);
      expect(made[0]?.ended).toBe(true);
      void pool.encode(2, order("jxl"));
      expect(made).toHaveLength(2);
      pool.forget(2);
      expect(made[1]?.ended).toBe(true);
      const failing = pool.encode(3, order("jxl"));
      made[2]?.onerror?.({ message: "gone" });
      expect(await failing).toEqual({ message: "none: gone", unavailable: true });
      expect(made[2]?.ended).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it("are given the engine's orders, and it their answers", async () => {
    const { pool, made } = workers();
    const orders = [
      { id: 7, ...order("avif"), options: '{"quality":60}' },
      { id: 8, ...order("jxl"), options: "{}" },
      { id: 8 },
    ];
    const answers: unknown[] = [];
    const engine: SquooshOrders = {
      squooshOrder: () => {
        const next = orders.shift();
        return next ? Promise.resolve(next) : new Promise(() => undefined);
      },
      squooshAnswer: (...answer) => void answers.push(answer),
    };
    void serveSquoosh(engine, pool);
    await vi.waitFor(() => expect(made).toHaveLength(2));
    expect(made[0]?.orders[0]?.options).toEqual({ quality: 60 });
    await vi.waitFor(() => expect(made[1]?.ended).toBe(true));
    made[0]?.onmessage?.({ data: reply });
    await vi.waitFor(() => expect(answers).toEqual([[7, new Uint8Array([1, 2, 3]), "", false]]));
  });
});
