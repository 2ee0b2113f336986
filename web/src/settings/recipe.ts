/** The panel as a recipe that the command reads, and back. */
import { parse, stringify, TomlError } from "smol-toml";
import { type LayerReading, readLayer } from "./layer";
import { type PanelSettings, toLayer } from "./model";
import { presetSettings } from "./presets";

export const RECIPE_NAME = "planish.toml";

export function toRecipe(panel: PanelSettings): string {
  return `# Settings for planish, from the page. The command reads them with --config ${RECIPE_NAME}.\n\n${stringify(toLayer(panel))}\n`;
}

/** TOML, or JSON where it begins with a brace: as the command reads it. */
export function fromRecipe(text: string): LayerReading {
  let value: unknown;
  try {
    value = text.trimStart().startsWith("{") ? JSON.parse(text) : parse(text);
  } catch (thrown) {
    return { ok: false, problems: [mistake(thrown)] };
  }
  return readLayer(value, presetSettings);
}

function mistake(thrown: unknown): string {
  if (thrown instanceof TomlError) {
    const [sentence = ""] = thrown.message.split("\n");
    return `line ${thrown.line}, column ${thrown.column}: ${sentence.replace(/^Invalid TOML document: /, "")}`;
  }
  return thrown instanceof Error ? thrown.message : String(thrown);
}
