import { createStore } from "zustand/vanilla";
import { DEFAULT_SETTINGS, type PanelSettings } from "./model";
import { parseSettings } from "./saved";

const KEY = "planish.settings";

/** Where settings are kept between visits; `localStorage`, or nothing where the browser forbids it. */
export interface KeptText {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface SettingsState {
  settings: PanelSettings;
  change(patch: Partial<PanelSettings>): void;
  reset(): void;
}

export function createSettingsStore(kept: KeptText | null) {
  const store = createStore<SettingsState>()((set) => ({
    settings: parseSettings(kept?.getItem(KEY) ?? null),
    change: (patch) => set(({ settings }) => ({ settings: { ...settings, ...patch } })),
    reset: () => set({ settings: DEFAULT_SETTINGS }),
  }));
  store.subscribe(({ settings }) => kept?.setItem(KEY, JSON.stringify(settings)));
  return store;
}

export type SettingsStore = ReturnType<typeof createSettingsStore>;
