import { describe, expect, it, vi } from "vitest";
import { BYTES_PER_PIXEL, estimateBytes, fits } from "./admission";
import { OptimizationError } from "./errors";
import { fakeResult } from "./fake-engine";
import { JobRunner, type WasmJobs } from "./job-runner";
import { createSharedMemory } from "./memory";
import { PriorityQueue } from "./priority-queue";
import { STAGES, stageAt } from "./stages";

describe("createSharedMemory", () => {
  const memory = {} as WebAssembly.Memory;

  it("halves the maximum until the browser accepts it", () => {
    const asked: number[] = [];
    const granted = createSharedMemory(({ maximum = 0 }) => {
      asked.push(maximum);
      if (maximum > 16_384) throw new RangeError("no");
      return memory;
    });
    expect(asked).toEqual([65_536, 32_768, 16_384]);
    expect(granted).toEqual({ memory, maxBytes: 2 ** 30 });
  });

  it("gives up where not even one photo would fit", () => {
    const refuse = vi.fn(() => {
      throw new RangeError("no");
    });
    expect(() => createSharedMemory(refuse)).toThrow(RangeError);
    expect(refuse).toHaveBeenCalledTimes(5);
  });

  it("does not take another error for a lack of room", () => {
    const broken = vi.fn(() => {
      throw new TypeError("shared memory is not supported");
    });
    expect(() => createSharedMemory(broken)).toThrow(TypeError);
    expect(broken).toHaveBeenCalledTimes(1);
  });
});

describe("admission", () => {
  it("grows with pixels, and with the file", () => {
    const small = estimateBytes(1_000, { width: 100, height: 100 });
    expect(estimateBytes(1_000, { width: 200, height: 100 }) - small).toBe(10_000 * BYTES_PER_PIXEL);
    expect(estimateBytes(2_000, { width: 100, height: 100 }) - small).toBe(2_000);
  });

  it("lets a job that is alone start whatever it needs", () => {
    expect(fits(500, 0, 100)).toBe(true);
    expect(fits(50, 60, 100)).toBe(false);
    expect(fits(40, 60, 100)).toBe(true);
  });
});

describe("PriorityQueue", () => {
  it("keeps the order of equals, and forgets what is removed", () => {
    const queue = new PriorityQueue<{ priority: number; order: number }>();
    const entries = [0, 2, 0, 1, 2].map((priority, order) => ({ priority, order }));
    for (const entry of entries) queue.push(entry);
    expect(queue.remove(entries[3] as (typeof entries)[0])).toBe(true);
    expect(queue.remove({ priority: 9, order: 9 })).toBe(false);
    expect(queue.peek()).toBe(entries[1]);
    expect(queue.drain().map(({ order }) => order)).toEqual([1, 4, 0, 2]);
    expect(queue.size).toBe(0);
  });
});

describe("OptimizationError.from", () => {
  it("keeps codes and makes something of everything else", () => {
    const own = new OptimizationError("corrupt", "x");
    expect(OptimizationError.from(own)).toBe(own);
    expect(OptimizationError.from({ code: "limit_exceeded", message: "y" })).toMatchObject({
      code: "limit_exceeded",
      message: "y",
    });
    expect(OptimizationError.from(new TypeError("z"))).toMatchObject({ code: "internal", message: "z" });
    expect(OptimizationError.from("text")).toMatchObject({ code: "internal", message: "text" });
  });
});

describe("stageAt", () => {
  it("survives any number", () => {
    expect(STAGES.map((_, index) => stageAt(index))).toEqual(STAGES);
    expect(stageAt(-1)).toBe("sniff");
    expect(stageAt(99)).toBe("verify");
    expect(stageAt(5.7)).toBe("encode");
  });
});

describe("JobRunner", () => {
  function jobs(optimize: WasmJobs["optimize"]) {
    const handle = { cancel: vi.fn(), progress: vi.fn(() => [5, 0.5]), free: vi.fn() };
    const wasm: WasmJobs = { createHandle: () => handle as never, optimize, memoryBytes: () => 1234 };
    return { handle, wasm };
  }

  it("answers with the bytes as a blob of the right type, and frees the handle", async () => {
    const result = fakeResult(3, 2, { format: "webp" });
    const { handle, wasm } = jobs(async (bytes) => ({
      bytes: bytes.slice(0, 2),
      result: JSON.stringify(result),
    }));
    const reply = await new JobRunner(wasm, () => undefined).run(1, new Blob(["abc"]), "a.jpg", {});
    if (!reply.ok) throw new Error(reply.error.message);
    expect(await reply.blob.text()).toBe("ab");
    expect(reply.blob.type).toBe("image/webp");
    expect(reply.result).toEqual(result);
    expect(reply.memory).toBe(1234);
    expect(handle.free).toHaveBeenCalledOnce();
  });

  it("answers with code and message when the job fails, and frees the handle", async () => {
    const { handle, wasm } = jobs(() => Promise.reject({ code: "corrupt", message: "bad" }));
    const reply = await new JobRunner(wasm, () => undefined).run(1, new Blob(["abc"]), "a.jpg", {});
    expect(reply).toEqual({ ok: false, error: { code: "corrupt", message: "bad" }, memory: 1234 });
    expect(handle.free).toHaveBeenCalledOnce();
  });

  it("reports progress only when there is some, and stops asking at the end", async () => {
    vi.useFakeTimers();
    try {
      let finish: () => void = () => undefined;
      const { handle, wasm } = jobs(
        () =>
          new Promise((resolve) => {
            finish = () => resolve({ bytes: new Uint8Array(1), result: JSON.stringify(fakeResult(1, 1)) });
          }),
      );
      const report = vi.fn();
      const running = new JobRunner(wasm, report).run(7, new Blob(["abc"]), "a.jpg", {});
      await vi.advanceTimersByTimeAsync(450);
      expect(report.mock.calls).toEqual([[[[7, 5, 0.5]]]]);
      finish();
      await running;
      const asked = handle.progress.mock.calls.length;
      await vi.advanceTimersByTimeAsync(1_000);
      expect(handle.progress).toHaveBeenCalledTimes(asked);
    } finally {
      vi.useRealTimers();
    }
  });

  it("passes a cancel on to the job, and honours one that comes while the file is read", async () => {
    const optimize = vi.fn(() => new Promise<never>(() => undefined));
    const { handle, wasm } = jobs(optimize);
    const runner = new JobRunner(wasm, () => undefined);
    const early = runner.run(1, new Blob(["abc"]), "a.jpg", {});
    runner.cancel(1);
    expect(await early).toMatchObject({ ok: false, error: { code: "cancelled" } });

    void runner.run(2, new Blob(["abc"]), "a.jpg", {});
    await vi.waitFor(() => expect(optimize).toHaveBeenCalledOnce());
    runner.cancel(2);
    expect(handle.cancel).toHaveBeenCalledOnce();
  });
});
