import { createStore } from "zustand/vanilla";
import type { ItemId, QueueItem } from "../queue/item";
import type { Queue } from "../queue/queue";
import type { QueueState } from "../queue/store";
import type { OverridesStore } from "../settings/overrides";
import type { Keeper, KeptState, RestoredItem, Unkept } from "./records";

export interface SessionState {
  /** How many images came back from an earlier visit; null when there were none, or it was read. */
  restored: number | null;
  /** Paths of those that could not come back. */
  lost: readonly string[];
  /** Images that only this tab has, and why. */
  unkept: { readonly count: number; readonly reason: Unkept } | null;
}

interface Known {
  key: string;
  /** As it was last seen; null for what came back and has not been seen yet. */
  item: QueueItem | null;
  state: QueueItem["state"];
  /** One step after the other for each image. */
  last: Promise<unknown>;
  /** Why the storage has not got it. */
  unkept: Unkept | null;
}

/**
 * Keeps the queue in the browser's storage while it changes, and brings it back. Follows the queue's store, so
 * that nothing that changes an image can forget to say so.
 */
export class Session {
  readonly store = createStore<SessionState>()(() => ({ restored: null, lost: [], unkept: null }));
  private readonly known = new Map<ItemId, Known>();
  /** Inputs are copied one at a time: the disk and the engine are busy enough. */
  private copying: Promise<unknown> = Promise.resolve();
  private order: QueueState["order"] = [];
  private readonly queue: Queue;
  private readonly overrides: OverridesStore;
  private readonly keeper: Keeper | null;
  private readonly persist: () => void;

  constructor(queue: Queue, overrides: OverridesStore, keeper: Keeper | null, persist = askToPersist) {
    this.queue = queue;
    this.overrides = overrides;
    this.keeper = keeper;
    this.persist = persist;
  }

  /** Brings back what the last visit left and follows the queue from then on. */
  async start(): Promise<void> {
    // At once: what is dropped while the storage is being read is kept, too.
    this.queue.store.subscribe((state) => this.follow(state));
    this.overrides.subscribe(({ byId }, { byId: before }) => {
      for (const [id, { key }] of this.known) {
        if (byId.get(id) !== before.get(id)) this.attempt(this.keeper?.override(key, byId.get(id)));
      }
    });
    this.follow(this.queue.store.getState());
    if (!this.keeper) return;
    const { items, lost } = await this.keeper.open();
    this.queue.restore(items.map(toQueue), (ids) => {
      for (const [index, id] of ids.entries()) this.adopt(id, items[index]);
    });
    this.store.setState({ restored: items.length > 0 ? items.length : null, lost });
  }

  /** The message was read. */
  dismiss(): void {
    this.store.setState({ restored: null, lost: [] });
  }

  /** These were handed out: they need not be kept for ever. */
  exported(ids: Iterable<ItemId>): void {
    const keys = [...ids].flatMap((id) => this.known.get(id)?.key ?? []);
    this.attempt(this.keeper?.exported(keys));
  }

  private adopt(id: ItemId, restored: RestoredItem | undefined): void {
    if (!restored) return;
    const { key, kept, override } = restored.record;
    this.known.set(id, { key, item: null, state: kept.state, last: Promise.resolve(), unkept: null });
    if (override) this.overrides.change(id, override);
  }

  private follow({ items, order }: QueueState): void {
    if (order !== this.order) this.forget(items);
    this.order = order;
    for (const item of items.values()) {
      const known = this.known.get(item.id) ?? this.add(item);
      if (known.item !== item) this.changed(known, item);
    }
  }

  /** Removed from the list, removed from the storage. */
  private forget(items: QueueState["items"]): void {
    const keys: string[] = [];
    for (const [id, { key }] of this.known) {
      // What is on its way back is not in the list yet.
      if (items.has(id) || this.known.get(id)?.item === null) continue;
      this.known.delete(id);
      keys.push(key);
    }
    if (keys.length === 0) return;
    this.attempt(this.keeper?.remove(keys));
    this.countUnkept();
  }

  private add(item: QueueItem): Known {
    const { id, path, file, origin } = item;
    const key = crypto.randomUUID();
    const known: Known = { key, item, state: "waiting", last: Promise.resolve(), unkept: null };
    this.known.set(id, known);
    if (this.known.size === 1) this.persist();
    const { keeper } = this;
    if (!keeper) return known;
    const { type, lastModified } = file;
    const override = this.overrides.getState().byId.get(id);
    const kept = { state: "waiting" } as const;
    const record = { key, order: id, path, type, lastModified, origin, override, kept };
    this.copying = this.copying.then(async () => {
      // Removed while it waited for its turn.
      if (this.known.get(id) !== known) return;
      known.unkept = await keeper.add(record, file).catch((): Unkept => "unavailable");
      if (known.unkept) this.countUnkept();
    });
    known.last = this.copying;
    return known;
  }

  private changed(known: Known, item: QueueItem): void {
    const before = known.item;
    known.item = item;
    if (!before) return;
    const kept = keptState(item);
    const sameOutput = item.state === "done" && before.state === "done" && before.output === item.output;
    if (kept.state === known.state && (kept.state !== "done" || sameOutput)) return;
    known.state = kept.state;
    const output = item.state === "done" ? item.output.blob : null;
    known.last = known.last.then(() => this.keeper?.settle(known.key, kept, output)).catch(() => undefined);
  }

  private countUnkept(): void {
    const reasons = [...this.known.values()].flatMap(({ unkept }) => unkept ?? []);
    const [reason] = reasons;
    this.store.setState({ unkept: reason ? { count: reasons.length, reason } : null });
  }

  /** A record that could not be written costs at most that an image is made again. */
  private attempt(step: Promise<void> | undefined): void {
    step?.catch(() => undefined);
  }
}

function keptState(item: QueueItem): KeptState {
  switch (item.state) {
    case "done": {
      const { path, blob, result, settingsKey } = item.output;
      return { state: "done", path, type: blob.type, result, settingsKey };
    }
    case "failed":
      return { state: "failed", error: item.error };
    case "cancelled":
      return { state: "cancelled" };
    case "waiting":
    case "working":
      return { state: "waiting" };
  }
}

function toQueue({ record, input, output }: RestoredItem) {
  const { path, origin, kept } = record;
  const incoming = { file: input, path, origin };
  return {
    incoming,
    kept: kept.state === "done" && output ? { ...kept, blob: output } : withoutOutput(kept),
  };
}

function withoutOutput(kept: KeptState): Exclude<KeptState, { state: "done" }> {
  return kept.state === "done" ? { state: "waiting" } : kept;
}

/** Chromium decides by itself; others ask once. Without it the browser may clear the storage when its disk is full. */
function askToPersist(): void {
  void navigator.storage?.persist?.().catch(() => false);
}
