import { createStore } from "zustand/vanilla";
import type { ItemId, QueueItem } from "./item";
import { NO_TOTALS, type Totals, totalsOf } from "./totals";

export interface QueueState {
  /** By id, so that a row follows its own item and nothing else. */
  items: ReadonlyMap<ItemId, QueueItem>;
  /** In the order they are shown. */
  order: readonly ItemId[];
  totals: Totals;
  /** Whether nothing new is begun for now. */
  paused: boolean;
}

/** One change; several are applied together, once per frame. */
export type QueueChange =
  | { kind: "add"; item: QueueItem }
  | { kind: "update"; id: ItemId; change: (item: QueueItem) => QueueItem }
  | { kind: "remove"; id: ItemId };

export function createQueueStore() {
  return createStore<QueueState>()(() => ({ items: new Map(), order: [], totals: NO_TOTALS, paused: false }));
}

export type QueueStore = ReturnType<typeof createQueueStore>;

export function applyChanges(state: QueueState, changes: readonly QueueChange[]): QueueState {
  const items = new Map(state.items);
  const added: ItemId[] = [];
  let removed = false;
  for (const change of changes) {
    if (change.kind === "add") {
      items.set(change.item.id, change.item);
      added.push(change.item.id);
    } else if (change.kind === "remove") {
      removed = items.delete(change.id) || removed;
    } else {
      // Gone meanwhile: what came too late for it is not news.
      const item = items.get(change.id);
      if (item) items.set(change.id, change.change(item));
    }
  }
  let order = added.length > 0 ? [...state.order, ...added] : state.order;
  if (removed) order = order.filter((id) => items.has(id));
  return { items, order, totals: totalsOf(items.values()), paused: state.paused };
}
