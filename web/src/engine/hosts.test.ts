import * as comlink from "comlink";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EngineCrash, OptimizationError } from "./errors";
import { fakeResult } from "./fake-engine";
import type { HostJob } from "./host";
import { PoolHost } from "./pool-host";
import { ThreadsHost } from "./threads-host";
import type { EngineWorkerApi, RunReply, StartOptions } from "./worker-api";

/** A worker in name only: the same messages, the same thread, answers given by the test. */
class FakeWorker extends EventTarget {
  static all: FakeWorker[] = [];
  static failStart = false;

  readonly replies = new Map<string, (reply: RunReply) => void>();
  readonly cancelled: number[] = [];
  options: StartOptions | undefined;
  terminated = false;
  private readonly near: MessagePort;
  private readonly far: MessagePort;

  constructor() {
    super();
    FakeWorker.all.push(this);
    const { port1, port2 } = new MessageChannel();
    this.near = port1;
    this.far = port2;
    this.near.addEventListener("message", ({ data, ports }) =>
      this.dispatchEvent(new MessageEvent("message", { data, ports: [...ports] })),
    );
    this.near.start();
    const api: EngineWorkerApi = {
      start: async (options) => {
        if (FakeWorker.failStart) throw new Error("no memory");
        this.options = options;
        return { version: "1", threads: options.threads, maxMemory: 2 ** 30, looks: true, memory: 2 ** 20 };
      },
      look: async (_id, request) =>
        request.file.size === 0
          ? { ok: false, error: { code: "unknown_format", message: "empty" }, memory: 0 }
          : {
              ok: true,
              picture: { width: 1, height: 1, rgba: new Uint8ClampedArray(4), score: 90 },
              memory: 7,
            },
      run: (_id, _file, name) => new Promise((resolve) => this.replies.set(name, resolve)),
      cancel: (id) => void this.cancelled.push(id),
    };
    comlink.expose(api, this.far);
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.near.postMessage(message, transfer);
  }

  terminate(): void {
    this.terminated = true;
    this.near.close();
    this.far.close();
  }

  /** What a thread does that meets a trap. */
  trap(): void {
    const channel = new BroadcastChannel(this.options?.crashChannel ?? "");
    channel.postMessage("RuntimeError: unreachable");
    channel.close();
  }

  async answer(name: string, memory: number): Promise<void> {
    const reply = await vi.waitFor(() => {
      const waiting = this.replies.get(name);
      if (!waiting) throw new Error(`${name} has not arrived`);
      return waiting;
    });
    reply({ ok: true, blob: new Blob([name]), result: fakeResult(2, 1, { inputPath: name }), memory });
  }
}

const worker = (index: number) => {
  const found = FakeWorker.all.at(index);
  if (!found) throw new Error(`no worker ${index}`);
  return found;
};

let nextId = 1;
const job = (name: string): HostJob => ({
  id: nextId++,
  file: new Blob([name]),
  name,
  settings: {},
  onProgress: () => undefined,
});

beforeEach(() => {
  FakeWorker.all = [];
  FakeWorker.failStart = false;
  vi.stubGlobal("Worker", FakeWorker);
});

afterEach(() => {
  for (const each of FakeWorker.all) each.terminate();
  vi.unstubAllGlobals();
});

describe.each([
  ["ThreadsHost", () => new ThreadsHost(2)],
  ["PoolHost", () => new PoolHost(2)],
])("%s", (_name, create) => {
  it("makes pictures, and says why one cannot be made", async () => {
    const host = create();
    expect((await host.start()).looks).toBe(true);
    const picture = await host.look(1, { kind: "preview", file: new Blob(["x"]), longestEdge: 8 });
    expect(picture).toMatchObject({ width: 1, height: 1, score: 90 });
    const request = { kind: "preview", file: new Blob([]), longestEdge: 8 } as const;
    await expect(host.look(2, request)).rejects.toMatchObject({ code: "unknown_format" });
    host.stop();
  });
});

describe("ThreadsHost", () => {
  it("starts one worker, once, and runs jobs in it", async () => {
    const host = new ThreadsHost(3);
    expect(await host.start()).toMatchObject({ kind: "threads", threads: 3 });
    const both = Promise.all([host.run(job("a")), host.run(job("b"))]);
    await worker(0).answer("b", 1);
    await worker(0).answer("a", 1);
    expect((await both).map(({ result }) => result.inputPath)).toEqual(["a", "b"]);
    expect(FakeWorker.all.length).toBe(1);
    host.stop();
  });

  it("tells every job of a trap, ends the worker and starts another for the next job", async () => {
    const host = new ThreadsHost(2);
    await host.start();
    const lost = Promise.allSettled([host.run(job("a")), host.run(job("b"))]);
    await vi.waitFor(() => expect(worker(0).replies.size).toBe(2));
    worker(0).trap();
    for (const outcome of await lost) {
      expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(EngineCrash) });
    }
    expect(worker(0).terminated).toBe(true);
    const next = host.run(job("c"));
    await vi.waitFor(() => expect(FakeWorker.all.length).toBe(2));
    await worker(1).answer("c", 1);
    expect((await next).result.inputPath).toBe("c");
    host.stop();
  });

  it("takes an error of the worker itself for a crash", async () => {
    const host = new ThreadsHost(2);
    await host.start();
    const lost = host.run(job("a")).catch((reason: unknown) => reason);
    await vi.waitFor(() => expect(worker(0).replies.size).toBe(1));
    worker(0).dispatchEvent(new Event("error"));
    expect(await lost).toBeInstanceOf(EngineCrash);
    host.stop();
  });

  it("passes cancel on, and only for jobs that are there", async () => {
    const host = new ThreadsHost(2);
    await host.start();
    const running = job("a");
    void host.run(running).catch(() => undefined);
    await vi.waitFor(() => expect(worker(0).replies.size).toBe(1));
    host.cancel(running.id);
    host.cancel(12_345);
    await vi.waitFor(() => expect(worker(0).cancelled).toEqual([running.id]));
    host.stop();
  });

  it("gives a grown memory back when nothing was left to do for a while", async () => {
    const host = new ThreadsHost(2, 50);
    await host.start();
    expect(host.memory).toBe(2 ** 20);
    for (const [name, memory] of [
      ["small", 2 ** 20],
      ["large", 2 ** 31],
    ] as const) {
      const done = host.run(job(name));
      await worker(0).answer(name, memory);
      await done;
      expect(host.memory).toBe(memory);
      host.drained();
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(worker(0).terminated).toBe(name === "large");
    }
    expect(FakeWorker.all.length).toBe(2);
    await vi.waitFor(() => expect(host.memory).toBe(2 ** 20));
    host.stop();
  });

  it("keeps the engine, however large, while one thing is asked for after the other", async () => {
    const host = new ThreadsHost(2, 50);
    await host.start();
    const first = host.run(job("a"));
    await worker(0).answer("a", 2 ** 31);
    await first;
    host.drained();
    const second = host.run(job("b"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(worker(0).terminated).toBe(false);
    await worker(0).answer("b", 2 ** 31);
    expect((await second).result.inputPath).toBe("b");
    host.stop();
  });

  it("can be started again after a start that failed", async () => {
    const host = new ThreadsHost(2);
    FakeWorker.failStart = true;
    await expect(host.start()).rejects.toThrow("no memory");
    expect(worker(0).terminated).toBe(true);
    FakeWorker.failStart = false;
    expect(await host.start()).toMatchObject({ kind: "threads" });
    host.stop();
  });
});

describe("PoolHost", () => {
  it("gives each job a worker, and uses workers again", async () => {
    const host = new PoolHost(2);
    expect(await host.start()).toMatchObject({ kind: "single", threads: 2 });
    const first = host.run(job("a"));
    const second = host.run(job("b"));
    await vi.waitFor(() => expect(FakeWorker.all.length).toBe(2));
    await worker(0).answer("a", 1);
    await worker(1).answer("b", 1);
    await Promise.all([first, second]);
    const third = host.run(job("c"));
    await vi.waitFor(() => expect(FakeWorker.all.some(({ replies }) => replies.has("c"))).toBe(true));
    expect(FakeWorker.all.length).toBe(2);
    await (worker(0).replies.has("c") ? worker(0) : worker(1)).answer("c", 1);
    await third;
    host.stop();
  });

  it("cancels by replacing the worker, and leaves the others alone", async () => {
    const host = new PoolHost(2);
    await host.start();
    const unwanted = job("a");
    const outcome = host.run(unwanted).catch((reason: unknown) => reason);
    const other = host.run(job("b"));
    await vi.waitFor(() => expect(FakeWorker.all.filter(({ replies }) => replies.size === 1).length).toBe(2));
    host.cancel(unwanted.id);
    expect(await outcome).toMatchObject({ code: "cancelled" });
    expect(await outcome).toBeInstanceOf(OptimizationError);
    expect(worker(0).terminated).toBe(true);
    await worker(1).answer("b", 1);
    await other;
    host.stop();
  });
});
