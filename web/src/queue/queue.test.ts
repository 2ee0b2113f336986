import { beforeEach, describe, expect, it, vi } from "vitest";
import { OptimizationError } from "../engine/errors";
import { FakeEngine, fakeResult } from "../engine/fake-engine";
import { DEFAULT_SETTINGS, type PanelSettings } from "../settings/model";
import { FrameBatch } from "./frame-batch";
import type { QueueItem } from "./item";
import { outputPath } from "./output-path";
import { Queue } from "./queue";
import { warningsOf } from "./warnings";

/** A clock whose frames come when the test says so. */
class ManualFrames {
  private pending: (() => void)[] = [];
  readonly clock = (callback: () => void) => void this.pending.push(callback);

  tick(): void {
    const due = this.pending;
    this.pending = [];
    for (const callback of due) callback();
  }
}

describe("Queue", () => {
  let frames: ManualFrames;
  let engine: FakeEngine;
  let settings: PanelSettings;
  let queue: Queue;

  beforeEach(() => {
    frames = new ManualFrames();
    engine = new FakeEngine();
    settings = DEFAULT_SETTINGS;
    let urls = 0;
    vi.spyOn(URL, "createObjectURL").mockImplementation(() => `blob:${++urls}`);
    vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => undefined);
    queue = new Queue({
      engine: () => Promise.resolve(engine),
      settings: () => settings,
      clock: frames.clock,
    });
  });

  /** Adds files of a hundred bytes and lets them start. */
  async function add(...paths: string[]): Promise<void> {
    queue.add(paths.map((path) => ({ file: new File([new Uint8Array(100)], path), path })));
    await settle();
  }

  async function settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      frames.tick();
    }
  }

  function items(): QueueItem[] {
    const { items: all, order } = queue.store.getState();
    return order.map((id) => all.get(id)).filter((item) => item !== undefined);
  }

  const states = () => items().map(({ state }) => state);

  it("takes an image from waiting to done", async () => {
    await add("a/b.png");
    expect(states()).toEqual(["working"]);
    engine.jobs[0]?.finish(40, { format: "webp", inputFormat: "png" });
    await settle();
    const [item] = items();
    if (item?.state !== "done") throw new Error(item?.state);
    expect(item.output).toMatchObject({ path: "a/b.webp", url: "blob:1" });
    expect(queue.store.getState().totals).toMatchObject({
      done: 1,
      bytesBefore: 100,
      bytesAfter: 40,
      progress: 1,
    });
  });

  it("renders once per frame, however much happens", async () => {
    await add("a.jpg", "b.jpg");
    const render = vi.fn();
    queue.store.subscribe(render);
    for (let step = 0; step < 50; step++) {
      for (const job of engine.jobs) job.options.onProgress?.({ stage: "encode", fraction: step / 50 });
    }
    expect(render).not.toHaveBeenCalled();
    frames.tick();
    expect(render).toHaveBeenCalledOnce();
    expect(items()[0]).toMatchObject({ progress: { stage: "encode", fraction: 0.98 } });
  });

  it("takes many files in over several frames", async () => {
    const files = Array.from({ length: 100 }, (_, index) => ({
      file: new File([], `${index}`),
      path: `${index}`,
    }));
    queue.add(files);
    frames.tick();
    const first = queue.store.getState().order.length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(100);
    for (let frame = 0; frame < 100; frame++) frames.tick();
    expect(queue.store.getState().order.length).toBe(100);
  });

  it("names the reason of a failure and goes on with the others", async () => {
    await add("bad.png", "good.png");
    engine.jobs[0]?.fail("corrupt", "png file is damaged");
    engine.jobs[1]?.finish(10);
    await settle();
    expect(items()[0]).toMatchObject({
      state: "failed",
      error: { code: "corrupt", message: "png file is damaged" },
    });
    expect(states()).toEqual(["failed", "done"]);
  });

  it("cancels one, all, and retries with the settings of now", async () => {
    await add("a.jpg", "b.jpg", "c.jpg");
    queue.cancel(items()[0]?.id ?? 0);
    await settle();
    expect(states()).toEqual(["cancelled", "working", "working"]);
    queue.cancelAll();
    await settle();
    expect(states()).toEqual(["cancelled", "cancelled", "cancelled"]);
    settings = { ...settings, goal: "lossless" };
    queue.retry(items()[1]?.id ?? 0);
    await settle();
    expect(states()).toEqual(["cancelled", "working", "cancelled"]);
    expect(engine.jobs.at(-1)?.settings.goal).toBe("lossless");
  });

  it("optimizes again what was made with other settings, and only that", async () => {
    await add("a.jpg");
    engine.jobs[0]?.finish(50);
    await settle();
    settings = { ...settings, score: 90 };
    await add("b.jpg");
    engine.jobs[1]?.finish(60);
    await settle();
    queue.optimizeAgain();
    await settle();
    expect(states()).toEqual(["working", "done"]);
    expect(engine.jobs.at(-1)?.settings.goal).toEqual({ score: 90 });
    expect(URL.revokeObjectURL).toHaveBeenCalledWith("blob:1");
  });

  it("removes an image, its work and its addresses", async () => {
    await add("a.jpg", "b.jpg");
    engine.jobs[0]?.finish(50);
    await settle();
    queue.remove(items()[0]?.id ?? 0);
    queue.remove(items()[1]?.id ?? 0);
    await settle();
    expect(items()).toEqual([]);
    expect(URL.revokeObjectURL).toHaveBeenCalledWith("blob:1");
    expect(engine.jobs[1]?.options.signal?.aborted).toBe(true);
    expect(queue.store.getState().totals.count).toBe(0);
  });

  it("says so with every image when the engine cannot start", async () => {
    queue = new Queue({
      engine: () => Promise.reject(new OptimizationError("engine_unavailable", "no WebAssembly")),
      settings: () => settings,
      clock: frames.clock,
    });
    await add("a.jpg");
    expect(items()[0]).toMatchObject({ state: "failed", error: { code: "engine_unavailable" } });
  });

  it("gives up the run of before when an image is made anew, and starts at once", async () => {
    await add("a.jpg");
    const [item] = items();
    settings = { ...settings, score: 90 };
    queue.rerun(item?.id ?? 0);
    await settle();
    expect(engine.jobs[0]?.options.signal?.aborted).toBe(true);
    expect(engine.jobs[1]?.task.priority).toBeGreaterThan(0);
    expect(states()).toEqual(["working"]);
    engine.jobs[1]?.finish(30);
    await settle();
    expect(items()[0]).toMatchObject({ state: "done", output: { result: { optimizedSize: 30 } } });
  });

  it("pauses, resumes and puts first what is looked at", async () => {
    await add("a.jpg", "b.jpg");
    queue.pause();
    await settle();
    expect(queue.store.getState().paused).toBe(true);
    queue.resume();
    queue.lookAt([2]);
    await settle();
    queue.lookAt([]);
    await settle();
    expect(queue.store.getState().paused).toBe(false);
    expect(engine.calls).toEqual(["pause", "resume", "prioritize 2 1", "prioritize 2 0"]);
  });

  it("asks for each image's own settings", async () => {
    queue = new Queue({
      engine: () => Promise.resolve(engine),
      settings: (id) => (id === 2 ? { ...DEFAULT_SETTINGS, goal: "lossless" } : DEFAULT_SETTINGS),
      clock: frames.clock,
    });
    await add("a.jpg", "b.jpg");
    expect(engine.jobs.map((job) => job.settings.goal)).toEqual([{ score: 80 }, "lossless"]);
  });
});

describe("FrameBatch", () => {
  it("hands over at most so much per frame, in order, and sleeps when there is nothing", () => {
    const frames = new ManualFrames();
    const seen: number[][] = [];
    const batch = new FrameBatch<number>((changes) => seen.push(changes), frames.clock, 2);
    batch.push(1, 2, 3);
    batch.push(4, 5);
    for (let frame = 0; frame < 5; frame++) frames.tick();
    expect(seen).toEqual([[1, 2], [3, 4], [5]]);
  });
});

describe("warningsOf", () => {
  it("adds what only the name shows", () => {
    const result = fakeResult(2, 1, { inputFormat: "jpeg", warnings: [{ code: "a", message: "b" }] });
    expect(warningsOf("x.jpeg", result)).toEqual(result.warnings);
    expect(warningsOf("x", result)).toEqual(result.warnings);
    expect(warningsOf("x.PNG", result)).toEqual([
      { code: "a", message: "b" },
      { code: "wrong_extension", message: "The name says PNG, but the file is JPEG." },
    ]);
  });
});

describe("outputPath", () => {
  it.each([
    ["a.jpg", "jpeg", "a.jpg"],
    ["a.JPEG", "jpeg", "a.JPEG"],
    ["a/b.c.png", "webp", "a/b.c.webp"],
    ["photo", "avif", "photo.avif"],
    ["dir.d/photo", "png", "dir.d/photo.png"],
    [".hidden", "png", ".hidden.png"],
    ["wrong.png", "jpeg", "wrong.jpg"],
  ] as const)("%s as %s is %s", (path, format, expected) => {
    expect(outputPath(path, format)).toBe(expected);
  });
});
