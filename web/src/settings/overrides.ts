/** What single images want otherwise than the batch: the strongest layer of the cascade. */
import { createStore } from "zustand/vanilla";
import type { ItemId } from "../queue/item";
import type { PanelSettings } from "./model";

export type Override = Partial<PanelSettings>;

export interface OverridesState {
  byId: ReadonlyMap<ItemId, Override>;
}

export function createOverridesStore() {
  const store = createStore<OverridesState>()(() => ({ byId: new Map() }));
  const write = (change: (map: Map<ItemId, Override>) => void) =>
    store.setState(({ byId }) => {
      const next = new Map(byId);
      change(next);
      return { byId: next };
    });
  return Object.assign(store, {
    /** Adds to what the image already has of its own. */
    change: (id: ItemId, patch: Override) => write((map) => void map.set(id, { ...map.get(id), ...patch })),
    /** Back to what the batch does. */
    clear: (id: ItemId) => write((map) => void map.delete(id)),
  });
}

export type OverridesStore = ReturnType<typeof createOverridesStore>;

/** The batch's settings with an image's own over them. */
export function withOverride(settings: PanelSettings, override: Override | undefined): PanelSettings {
  return override ? { ...settings, ...override } : settings;
}
