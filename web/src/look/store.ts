/** Which image is being looked at. */
import { createStore } from "zustand/vanilla";
import type { ItemId } from "../queue/item";

export interface LookState {
  id: ItemId | null;
}

export function createLookStore() {
  const store = createStore<LookState>()(() => ({ id: null }));
  return Object.assign(store, {
    open: (id: ItemId) => store.setState({ id }),
    close: () => store.setState({ id: null }),
  });
}

export type LookStore = ReturnType<typeof createLookStore>;
