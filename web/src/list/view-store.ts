/** What the list shows now: a query over the queue, the ids it gives, and the selection among them. */
import { createStore } from "zustand/vanilla";
import type { ItemId } from "../queue/item";
import type { QueueStore } from "../queue/store";
import { arrange, EVERYTHING, isFiltered, type Query } from "./arrange";
import {
  choose,
  type Gesture,
  limitTo,
  move,
  NOTHING,
  type Selection,
  selectAll,
  selectNone,
} from "./selection";

/**
 * While images finish, the order is looked at again this often: sorting ten thousand takes some milliseconds,
 * and rows that jump with every frame cannot be clicked.
 */
const REARRANGE_MS = 400;

export interface ViewState {
  query: Query;
  ids: readonly ItemId[];
  selection: Selection;
}

export type ViewStore = ReturnType<typeof createViewStore>;

export function createViewStore(
  queue: QueueStore,
  later: (run: () => void, ms: number) => void = (run, ms) => void setTimeout(run, ms),
) {
  const store = createStore<ViewState>()(() => ({
    query: EVERYTHING,
    ids: queue.getState().order,
    selection: NOTHING,
  }));

  const rearrange = () => {
    const { items, order } = queue.getState();
    const { query, selection, ids } = store.getState();
    const next = arrange(items, order, query);
    if (same(next, ids)) return;
    store.setState({ ids: next, selection: limitTo(selection, next) });
  };

  let waiting = false;
  queue.subscribe((state, before) => {
    const { query } = store.getState();
    if (query.sort === "input" && !isFiltered(query)) {
      if (state.order !== before.order) rearrange();
      return;
    }
    if (waiting) return;
    waiting = true;
    later(() => {
      waiting = false;
      rearrange();
    }, REARRANGE_MS);
  });

  const select = (change: (selection: Selection, ids: readonly ItemId[]) => Selection) =>
    store.setState(({ selection, ids }) => ({ selection: change(selection, ids) }));

  return Object.assign(store, {
    ask(patch: Partial<Query>) {
      store.setState(({ query }) => ({ query: { ...query, ...patch } }));
      rearrange();
    },
    choose: (id: ItemId, gesture: Gesture) => select((selection, ids) => choose(selection, ids, id, gesture)),
    move: (steps: number, extend: boolean) => select((selection, ids) => move(selection, ids, steps, extend)),
    focus: (id: ItemId) =>
      select((selection) => (selection.focused === id ? selection : { ...selection, focused: id })),
    selectAll: () => select(selectAll),
    selectNone: () => select(selectNone),
  });
}

function same(a: readonly ItemId[], b: readonly ItemId[]): boolean {
  return a === b || (a.length === b.length && a.every((id, index) => id === b[index]));
}
