import { OptimizationError } from "../engine/errors";
import type { Engine } from "../engine/port";
import type { ErrorReport, OptimizationResult } from "../engine/types";
import { type PanelSettings, settingsKey, toLayer } from "../settings/model";
import { FrameBatch, type FrameClock, nextFrame } from "./frame-batch";
import { type IncomingFile, type ItemId, isActive, type QueueItem } from "./item";
import { outputPath } from "./output-path";
import { applyChanges, createQueueStore, type QueueChange, type QueueStore } from "./store";

/**
 * So many new entries in one frame keep its work under a few milliseconds, also when ten thousand files are
 * dropped. The list renders what is in sight only, so an entry costs little more than its place in a map.
 */
const ADDED_PER_FRAME = 50;

/** What is being looked at goes before everything that waits. */
const LOOKED_AT = 1;

export interface QueueDependencies {
  /** Resolves when the engine is up; every item waits for it by itself, and fails by itself if it cannot start. */
  engine: () => Promise<Engine>;
  /** What the image is to be made with: the panel's settings, and its own where it has some. */
  settings: (id: ItemId) => PanelSettings;
  clock?: FrameClock;
}

/** An image of an earlier visit, as it was left. */
export interface RestoredImage {
  incoming: IncomingFile;
  kept:
    | { state: "done"; blob: Blob; path: string; result: OptimizationResult; settingsKey: string }
    | { state: "failed"; error: ErrorReport }
    | { state: "waiting" | "cancelled" };
}

/** What the page does with images: add, cancel, retry, remove. The state to show is in `store`. */
export class Queue {
  readonly store: QueueStore = createQueueStore();
  private readonly aborts = new Map<ItemId, AbortController>();
  /** Runs whose place another has taken: nothing that comes from them counts. */
  private readonly superseded = new WeakSet<AbortController>();
  private readonly incoming: FrameBatch<IncomingFile>;
  private readonly changes: FrameBatch<QueueChange>;
  private readonly dependencies: QueueDependencies;
  private lookedAt: ReadonlySet<ItemId> = new Set();
  private nextId: ItemId = 1;

  constructor(dependencies: QueueDependencies) {
    this.dependencies = dependencies;
    const clock = dependencies.clock ?? nextFrame;
    this.changes = new FrameBatch(
      (changes) => this.store.setState((state) => applyChanges(state, changes)),
      clock,
    );
    this.incoming = new FrameBatch((files) => this.admit(files), clock, ADDED_PER_FRAME);
  }

  add(files: readonly IncomingFile[]): void {
    this.incoming.push(...files);
  }

  /**
   * Brings back images of an earlier visit; what was not finished is done now.
   *
   * @param known Told the new ids before anything runs or is shown.
   */
  restore(images: readonly RestoredImage[], known: (ids: ItemId[]) => void): void {
    if (images.length === 0) return;
    const items = images.map(({ incoming, kept }): QueueItem => {
      const common = this.blank(incoming);
      if (kept.state === "failed") return { ...common, state: "failed", error: kept.error };
      if (kept.state !== "done") return { ...common, state: kept.state };
      const { blob, path, result, settingsKey: madeWith } = kept;
      const output = { blob, url: URL.createObjectURL(blob), path, result, settingsKey: madeWith };
      return { ...common, state: "done", output };
    });
    known(items.map(({ id }) => id));
    this.insert(items);
  }

  cancel(id: ItemId): void {
    this.aborts.get(id)?.abort();
  }

  cancelAll(): void {
    for (const abort of this.aborts.values()) abort.abort();
  }

  /** What is in work is finished; nothing new is begun until `resume`. */
  pause(): void {
    this.setPaused(true);
  }

  resume(): void {
    this.setPaused(false);
  }

  /** These go before everything that waits, until others are looked at. */
  lookAt(ids: readonly ItemId[]): void {
    const before = this.lookedAt;
    this.lookedAt = new Set(ids);
    void this.withEngine((engine) => {
      for (const id of before) if (!this.lookedAt.has(id)) engine.prioritize(id, 0);
      for (const id of this.lookedAt) engine.prioritize(id, LOOKED_AT);
    });
  }

  /** Runs an item again, with the settings as they are now. */
  retry(id: ItemId): void {
    const item = this.store.getState().items.get(id);
    if (item && !isActive(item)) this.restart(item, 0);
  }

  /** Runs an item again before all others; what it is being made into now is given up. */
  rerun(id: ItemId): void {
    const item = this.store.getState().items.get(id);
    if (!item) return;
    const stale = this.aborts.get(id);
    if (stale) {
      this.superseded.add(stale);
      stale.abort();
    }
    this.restart(item, LOOKED_AT);
  }

  /** Runs everything again that was made with other settings than the present ones, or failed, or was cancelled. */
  optimizeAgain(): void {
    for (const item of this.store.getState().items.values()) {
      if (!isActive(item) && !this.isCurrent(item)) this.retry(item.id);
    }
  }

  remove(id: ItemId): void {
    this.aborts.get(id)?.abort();
    const item = this.store.getState().items.get(id);
    if (item?.state === "done") URL.revokeObjectURL(item.output.url);
    this.changes.push({ kind: "remove", id });
  }

  clear(): void {
    for (const id of this.store.getState().order) this.remove(id);
  }

  private admit(files: readonly IncomingFile[]): void {
    this.insert(files.map((file): QueueItem => ({ ...this.blank(file), state: "waiting" })));
  }

  private blank({ file, path, origin }: IncomingFile) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    return { id: this.nextId++, file, path, name, origin, dimensions: null };
  }

  private insert(items: readonly QueueItem[]): void {
    // At once, not in the next frame: this is already a frame of its own, and what follows refers to them.
    this.store.setState((state) =>
      applyChanges(
        state,
        items.map((item) => ({ kind: "add", item })),
      ),
    );
    for (const item of items) if (item.state === "waiting") void this.run(item, 0);
  }

  private setPaused(paused: boolean): void {
    this.store.setState({ paused });
    void this.withEngine((engine) => (paused ? engine.pause() : engine.resume()));
  }

  /** Every item hears by itself of an engine that does not start: nobody else need. */
  private async withEngine(use: (engine: Engine) => void): Promise<void> {
    await this.dependencies.engine().then(use, () => undefined);
  }

  private isCurrent(item: QueueItem): boolean {
    return (
      item.state === "done" && item.output.settingsKey === settingsKey(this.dependencies.settings(item.id))
    );
  }

  private restart(item: QueueItem, priority: number): void {
    if (item.state === "done") URL.revokeObjectURL(item.output.url);
    this.update(item.id, (current) => ({ ...base(current), state: "waiting" }));
    void this.run(item, priority);
  }

  private async run(item: QueueItem, priority: number): Promise<void> {
    const { id, file, name } = item;
    const abort = new AbortController();
    this.aborts.set(id, abort);
    let madeWith = "";
    try {
      const engine = await this.dependencies.engine();
      const { blob, result } = await engine.optimize(
        {
          file,
          name,
          key: id,
          priority: this.lookedAt.has(id) ? LOOKED_AT : priority,
          settings: () => {
            const settings = this.dependencies.settings(id);
            madeWith = settingsKey(settings);
            return toLayer(settings);
          },
        },
        {
          signal: abort.signal,
          onProgress: (progress) => {
            if (abort.signal.aborted) return;
            this.update(id, (current) =>
              isActive(current) ? { ...base(current), state: "working", progress } : current,
            );
          },
        },
      );
      if (this.superseded.has(abort)) return;
      const path = outputPath(item.path, result.format);
      this.update(id, (current) => ({
        ...base(current),
        dimensions: current.dimensions ?? { width: result.width, height: result.height },
        state: "done",
        // Made here, when it is certain that the item is still there to revoke it.
        output: { blob, url: URL.createObjectURL(blob), path, result, settingsKey: madeWith },
      }));
    } catch (thrown) {
      if (this.superseded.has(abort)) return;
      const { code, message } = OptimizationError.from(thrown);
      this.update(id, (current) =>
        code === "cancelled"
          ? { ...base(current), state: "cancelled" }
          : { ...base(current), state: "failed", error: { code, message } },
      );
    } finally {
      if (this.aborts.get(id) === abort) this.aborts.delete(id);
    }
  }

  private update(id: ItemId, change: (item: QueueItem) => QueueItem): void {
    this.changes.push({ kind: "update", id, change });
  }
}

/** An item without what belongs to its state, ready for the next one. */
function base({ id, file, path, name, origin, dimensions }: QueueItem) {
  return { id, file, path, name, origin, dimensions };
}
