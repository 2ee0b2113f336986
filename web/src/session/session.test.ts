import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeEngine } from "../engine/fake-engine";
import { Queue } from "../queue/queue";
import { DEFAULT_SETTINGS } from "../settings/model";
import { createOverridesStore } from "../settings/overrides";
import type { ItemRecord, Keeper, RestoredItem, Unkept } from "./records";
import { Session } from "./session";
import { EXPORTED_STAYS_MS, hasRoom, isOver } from "./worth";

/** A storage that outlives its tab, in memory. */
class FakeKeeper implements Keeper {
  readonly items = new Map<string, RestoredItem>();
  refuse: Unkept | null = null;

  open() {
    const items = [...this.items.values()].filter(({ record }) => record.hasInput);
    const lost = [...this.items.values()]
      .filter(({ record }) => !record.hasInput)
      .map(({ record }) => record.path);
    return Promise.resolve({ items, lost });
  }

  add(record: Omit<ItemRecord, "session" | "hasInput" | "exported">, input: File) {
    const full = { ...record, session: "s", hasInput: this.refuse === null, exported: null };
    this.items.set(record.key, { record: full, input, output: null });
    return Promise.resolve(this.refuse);
  }

  settle(key: string, kept: ItemRecord["kept"], output: Blob | null) {
    const item = this.items.get(key);
    if (item) this.items.set(key, { ...item, record: { ...item.record, kept }, output });
    return Promise.resolve();
  }

  override(key: string, override: ItemRecord["override"]) {
    const item = this.items.get(key);
    if (item) this.items.set(key, { ...item, record: { ...item.record, override } });
    return Promise.resolve();
  }

  exported() {
    return Promise.resolve();
  }

  remove(keys: readonly string[]) {
    for (const key of keys) this.items.delete(key);
    return Promise.resolve();
  }
}

function tab(keeper: Keeper) {
  const engine = new FakeEngine();
  const overrides = createOverridesStore();
  const queue = new Queue({
    engine: () => Promise.resolve(engine),
    settings: () => DEFAULT_SETTINGS,
    clock: (callback) => void setTimeout(callback, 0),
  });
  const session = new Session(queue, overrides, keeper, () => undefined);
  const items = () => {
    const state = queue.store.getState();
    return state.order.flatMap((id) => state.items.get(id) ?? []);
  };
  const add = (...paths: string[]) =>
    queue.add(paths.map((path) => ({ file: new File([path], path, { lastModified: 7 }), path })));
  return { engine, overrides, queue, session, items, add };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

describe("Session", () => {
  let keeper: FakeKeeper;
  beforeEach(() => {
    keeper = new FakeKeeper();
    let urls = 0;
    vi.spyOn(URL, "createObjectURL").mockImplementation(() => `blob:${++urls}`);
    vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => undefined);
  });

  async function leave(): Promise<void> {
    const first = tab(keeper);
    await first.session.start();
    first.add("a.jpg", "b.jpg", "c.jpg", "d.jpg");
    await settle();
    first.engine.jobs[0]?.finish(3);
    first.engine.jobs[1]?.fail("corrupt", "it is broken");
    first.queue.cancel(3);
    first.overrides.change(4, { score: 91 });
    await settle();
  }

  it("brings everything back as it was, and does only what was not done", async () => {
    await leave();
    const second = tab(keeper);
    await second.session.start();
    await settle();
    expect(second.items().map(({ path, state }) => [path, state])).toEqual([
      ["a.jpg", "done"],
      ["b.jpg", "failed"],
      ["c.jpg", "cancelled"],
      ["d.jpg", "working"],
    ]);
    expect(second.engine.jobs.map(({ task }) => task.name)).toEqual(["d.jpg"]);
    expect(second.session.store.getState().restored).toBe(4);
    const [done, failed, , again] = second.items();
    expect(done?.state === "done" && done.output.blob.size).toBe(3);
    expect(failed).toMatchObject({ error: { code: "corrupt" } });
    expect(second.overrides.getState().byId.get(again?.id ?? 0)).toEqual({ score: 91 });
    second.engine.jobs[0]?.finish(2);
    await settle();
    // What came back is the same image as before, not another one.
    expect(keeper.items.size).toBe(4);
    expect([...keeper.items.values()].filter(({ record }) => record.kept.state === "done")).toHaveLength(2);
  });

  it("forgets what is removed, and everything when started over", async () => {
    await leave();
    const second = tab(keeper);
    await second.session.start();
    await settle();
    second.queue.remove(second.items()[0]?.id ?? 0);
    await settle();
    expect([...keeper.items.values()].map(({ record }) => record.path)).toEqual(["b.jpg", "c.jpg", "d.jpg"]);
    second.queue.clear();
    await settle();
    expect(keeper.items.size).toBe(0);
  });

  it("says how many images only this tab has", async () => {
    keeper.refuse = "full";
    const first = tab(keeper);
    await first.session.start();
    first.add("a.jpg", "b.jpg");
    await settle();
    expect(first.session.store.getState().unkept).toEqual({ count: 2, reason: "full" });
    first.queue.remove(1);
    await settle();
    expect(first.session.store.getState().unkept).toEqual({ count: 1, reason: "full" });
    const second = tab(keeper);
    await second.session.start();
    expect(second.session.store.getState().lost).toEqual(["b.jpg"]);
  });
});

describe("what is worth keeping", () => {
  it("leaves the last tenth of the storage alone", () => {
    expect(hasRoom(10, { usage: 80, quota: 100 })).toBe(true);
    expect(hasRoom(11, { usage: 80, quota: 100 })).toBe(false);
    expect(hasRoom(11, {})).toBe(true);
  });

  it("lets a session go a day after all of it was handed out", () => {
    const record = (kept: Partial<ItemRecord["kept"]>, exported: number | null) =>
      ({ kept, exported }) as ItemRecord;
    const now = 10 * EXPORTED_STAYS_MS;
    const old = now - EXPORTED_STAYS_MS - 1;
    expect(isOver([record({ state: "done" }, old), record({ state: "failed" }, null)], now)).toBe(true);
    expect(isOver([record({ state: "done" }, now)], now)).toBe(false);
    expect(isOver([record({ state: "done" }, null)], now)).toBe(false);
    expect(isOver([record({ state: "done" }, old), record({ state: "waiting" }, null)], now)).toBe(false);
  });
});
