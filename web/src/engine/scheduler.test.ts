import { beforeEach, describe, expect, it } from "vitest";
import { OptimizationError } from "./errors";
import { FakeHost } from "./fake-host";
import type { EngineInfo, EngineTask } from "./port";
import { Scheduler } from "./scheduler";

const info: EngineInfo = { kind: "threads", threads: 2, version: "test", maxMemory: 2 ** 32 };

/** Lets every promise that can settle do so; reading a blob takes a few turns of the event loop. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

function task(name: string, extra: Partial<EngineTask> = {}): EngineTask {
  return { file: new Blob([name]), name, settings: () => ({}), ...extra };
}

/** A PNG header that announces so many pixels. */
function pngOf(width: number, height: number): Blob {
  const header = new DataView(new ArrayBuffer(64));
  header.setUint32(0, 0x89504e47);
  header.setUint32(16, width);
  header.setUint32(20, height);
  return new Blob([header.buffer]);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "resolved";
  } catch (error) {
    return error instanceof OptimizationError ? error.code : `untyped: ${error}`;
  }
}

describe("Scheduler", () => {
  let host: FakeHost;
  let scheduler: Scheduler;

  beforeEach(() => {
    host = new FakeHost();
    scheduler = new Scheduler(host, info);
  });

  it("runs as many jobs as there are threads, and the next when one ends", async () => {
    const all = ["a", "b", "c"].map((name) => scheduler.optimize(task(name)));
    await settled();
    expect(host.started).toEqual(["a", "b"]);
    host.finish("a");
    await settled();
    expect(host.started).toEqual(["a", "b", "c"]);
    host.finish("b");
    host.finish("c");
    const images = await Promise.all(all);
    expect(images.map(({ result }) => result.inputPath)).toEqual(["a", "b", "c"]);
  });

  it("makes pictures before everything that waits, and while the queue is paused", async () => {
    for (const name of ["a", "b", "c"]) void scheduler.optimize(task(name));
    await settled();
    scheduler.pause();
    const picture = scheduler.compare(new Blob(["x"]), new Blob(["y"]), { effort: 3 }, 512);
    host.finish("a");
    await settled();
    expect(host.started).toEqual(["a", "b"]);
    expect(host.looks).toMatchObject([{ kind: "compare", settings: { effort: 3 }, longestEdge: 512 }]);
    expect(await picture).toMatchObject({ score: 80 });
  });

  it("forgets a picture that nobody waits for any more", async () => {
    for (const name of ["a", "b"]) void scheduler.optimize(task(name));
    await settled();
    const abort = new AbortController();
    const picture = scheduler.preview(new Blob(["x"]), 512, { signal: abort.signal });
    await settled();
    abort.abort();
    expect(await codeOf(picture)).toBe("cancelled");
    host.finish("a");
    await settled();
    expect(host.looks).toEqual([]);
  });

  it("starts what has priority first", async () => {
    for (const name of ["a", "b", "c"]) void scheduler.optimize(task(name));
    void scheduler.optimize(task("looked at", { priority: 1 }));
    await settled();
    host.finish(host.started[0] ?? "");
    await settled();
    expect(host.started.slice(0, 3)).toContain("looked at");
    expect(host.started).not.toContain("c");
  });

  it("lets a waiting job overtake when it is looked at", async () => {
    for (const [key, name] of ["a", "b", "c", "d"].entries()) void scheduler.optimize(task(name, { key }));
    await settled();
    scheduler.prioritize(3, 1);
    scheduler.prioritize(99, 1);
    host.finish("a");
    await settled();
    expect(host.started).toEqual(["a", "b", "d"]);
  });

  it("starts nothing while paused, and goes on when resumed", async () => {
    for (const name of ["a", "b", "c"]) void scheduler.optimize(task(name));
    await settled();
    scheduler.pause();
    host.finish("a");
    await settled();
    expect(host.started).toEqual(["a", "b"]);
    scheduler.resume();
    await settled();
    expect(host.started).toEqual(["a", "b", "c"]);
  });

  it("asks for the settings when the job's turn comes", async () => {
    let quality = 1;
    for (const name of ["a", "b"]) void scheduler.optimize(task(name));
    void scheduler.optimize(task("c", { settings: () => ({ goal: { quality } }) }));
    await settled();
    quality = 77;
    host.finish("a");
    await settled();
    expect(host.running.get("c")?.job.settings).toEqual({ goal: { quality: 77 } });
  });

  it("does not admit together what would not fit into memory together", async () => {
    void scheduler.optimize(task("huge 1", { file: pngOf(6_000, 5_000) }));
    void scheduler.optimize(task("huge 2", { file: pngOf(6_000, 5_000) }));
    await settled();
    expect(host.started).toEqual(["huge 1"]);
    host.finish("huge 1");
    await settled();
    expect(host.started).toEqual(["huge 1", "huge 2"]);
  });

  it("admits alone what is larger than the whole budget: core decides", async () => {
    void scheduler.optimize(task("a"));
    void scheduler.optimize(task("enormous", { file: pngOf(60_000, 60_000) }));
    await settled();
    expect(host.started).toEqual(["a"]);
    host.finish("a");
    await settled();
    expect(host.started).toEqual(["a", "enormous"]);
  });

  it("cancels a waiting job without running it", async () => {
    const abort = new AbortController();
    for (const name of ["a", "b"]) void scheduler.optimize(task(name));
    const waiting = codeOf(scheduler.optimize(task("c"), { signal: abort.signal }));
    abort.abort();
    expect(await waiting).toBe("cancelled");
    await settled();
    host.finish("a");
    await settled();
    expect(host.started).not.toContain("c");
  });

  it("cancels a running job and starts the next", async () => {
    const abort = new AbortController();
    const running = codeOf(scheduler.optimize(task("a"), { signal: abort.signal }));
    for (const name of ["b", "c"]) void scheduler.optimize(task(name));
    await settled();
    abort.abort();
    expect(await running).toBe("cancelled");
    await settled();
    expect([...host.running.keys()]).toEqual(["b", "c"]);
  });

  it("ends the engine under a cancelled job that does not stop, but not under others", async () => {
    scheduler = new Scheduler(host, await host.start(), 0);
    host.deaf = true;
    const aborts = [new AbortController(), new AbortController()];
    const jobs = ["a", "b"].map((name, at) => {
      const abort = aborts[at];
      return codeOf(scheduler.optimize(task(name), abort && { signal: abort.signal }));
    });
    void scheduler.optimize(task("c"));
    scheduler.pause();
    await settled();
    scheduler.resume();
    await settled();
    aborts[0]?.abort();
    await settled();
    expect(host.restarts).toBe(0);
    scheduler.pause();
    aborts[1]?.abort();
    await settled();
    expect(host.restarts).toBe(1);
    expect(await Promise.all(jobs)).toEqual(["cancelled", "cancelled"]);
    scheduler.resume();
    await settled();
    expect([...host.running.keys()]).toEqual(["c"]);
  });

  it("refuses a job whose signal is aborted already", async () => {
    expect(await codeOf(scheduler.optimize(task("a"), { signal: AbortSignal.abort() }))).toBe("cancelled");
    expect(host.started).toEqual([]);
  });

  it("passes on what the core says", async () => {
    const job = codeOf(scheduler.optimize(task("a")));
    await settled();
    host.fail("a", new OptimizationError("corrupt", "png file is damaged: no IHDR"));
    expect(await job).toBe("corrupt");
  });

  describe("after a crash", () => {
    it("retries one at a time, names the culprit and finishes the others", async () => {
      const good = codeOf(scheduler.optimize(task("good")));
      const bad = codeOf(scheduler.optimize(task("bad")));
      const later = codeOf(scheduler.optimize(task("later")));
      await settled();
      host.crash();
      await settled();
      expect([...host.running.keys()]).toEqual(["good"]);
      host.finish("good");
      await settled();
      expect([...host.running.keys()]).toEqual(["bad"]);
      host.crash();
      await settled();
      expect([...host.running.keys()]).toEqual(["later"]);
      host.finish("later");
      expect(await Promise.all([good, bad, later])).toEqual(["resolved", "engine_crashed", "resolved"]);
    });

    it("does not run a cancelled suspect again", async () => {
      const abort = new AbortController();
      const job = codeOf(scheduler.optimize(task("a"), { signal: abort.signal }));
      await settled();
      abort.abort();
      host.crash();
      await settled();
      expect(await job).toBe("cancelled");
      expect(host.started).toEqual(["a"]);
    });
  });

  it("says once that everything is done", async () => {
    const jobs = ["a", "b"].map((name) => scheduler.optimize(task(name)));
    await settled();
    host.finish("a");
    await settled();
    expect(host.drains).toBe(0);
    host.finish("b");
    await Promise.all(jobs);
    await settled();
    expect(host.drains).toBe(1);
  });

  it("rejects everything when it is disposed of", async () => {
    const jobs = ["a", "b", "c"].map((name) => codeOf(scheduler.optimize(task(name))));
    await settled();
    scheduler.dispose();
    expect(await Promise.all(jobs)).toEqual(["cancelled", "cancelled", "cancelled"]);
    expect(host.stopped).toBe(true);
    expect(await codeOf(scheduler.optimize(task("d")))).toBe("engine_unavailable");
  });
});
