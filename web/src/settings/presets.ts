/** Settings with a name: the command's own files, so that `--preset web` and this page mean the same. */
import { parse } from "smol-toml";
import archive from "../../../crates/cli/src/recipe/presets/archive.toml?raw";
import photo from "../../../crates/cli/src/recipe/presets/photo.toml?raw";
import share from "../../../crates/cli/src/recipe/presets/share.toml?raw";
import thumbnail from "../../../crates/cli/src/recipe/presets/thumbnail.toml?raw";
import web from "../../../crates/cli/src/recipe/presets/web.toml?raw";
import { PRESET_NAMES, type PresetName, readLayer } from "./layer";
import { DEFAULT_SETTINGS, type PanelSettings, settingsKey } from "./model";

const TEXTS: Record<PresetName, string> = { web, photo, archive, share, thumbnail };

export function presetSettings(name: PresetName): PanelSettings {
  const reading = readLayer(parse(TEXTS[name]), () => DEFAULT_SETTINGS);
  if (!reading.ok) throw new Error(`in the preset ${name}: ${reading.problems.join("; ")}`);
  return reading.settings;
}

/** Which of them the panel shows: `default`, a name, or null for settings of one's own. */
export function presetOf(panel: PanelSettings): PresetName | "default" | null {
  const key = settingsKey(panel);
  if (key === settingsKey(DEFAULT_SETTINGS)) return "default";
  return PRESET_NAMES.find((name) => settingsKey(presetSettings(name)) === key) ?? null;
}
