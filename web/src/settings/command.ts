import { DEFAULT_SETTINGS, fitMatters, type PanelSettings, resizes } from "./model";
import { presetOf } from "./presets";
import { RECIPE_NAME } from "./recipe";

/**
 * The command that does natively what the panel says. Only what differs from the defaults is written: the
 * shortest command is the one people remember.
 */
export function toCommand(panel: PanelSettings, input = "photos/", output = "out/"): string {
  return ["planish", input, "-o", output, ...flags(panel)].join(" ");
}

/** Some settings have no flags: they need the recipe. */
export function needsRecipe(panel: PanelSettings): boolean {
  const twoSizes = panel.longEdge !== null && (panel.width !== null || panel.height !== null);
  return twoSizes || Object.keys(panel.perFormat).length > 0;
}

function flags(panel: PanelSettings): string[] {
  if (needsRecipe(panel)) return ["--config", RECIPE_NAME];
  const preset = presetOf(panel);
  if (preset !== null && preset !== "default") return ["--preset", preset];
  return [...goalFlags(panel), ...outputFlags(panel), ...pictureFlags(panel)];
}

function goalFlags(panel: PanelSettings): string[] {
  switch (panel.goal) {
    case "score":
      return panel.score === DEFAULT_SETTINGS.score ? [] : ["--target", `ssim2=${panel.score}`];
    case "quality":
      return ["-q", String(panel.quality)];
    case "size":
      return ["--max-size", `${panel.size}${panel.sizeUnit === "B" ? "" : panel.sizeUnit}`];
    case "lossless":
      return ["--lossless"];
  }
}

function outputFlags(panel: PanelSettings): string[] {
  const flags: string[] = [];
  if (panel.formats !== "keep") {
    flags.push("-f", panel.formats === "auto" ? "auto" : panel.formats.join(","));
  }
  // A shell would take the rest of the line for a comment.
  if (panel.background !== null) flags.push("--background", `'${panel.background}'`);
  if (panel.metadata !== DEFAULT_SETTINGS.metadata) flags.push("--metadata", panel.metadata);
  if (panel.color !== DEFAULT_SETTINGS.color) flags.push("--color", panel.color);
  if (panel.effort !== DEFAULT_SETTINGS.effort) flags.push("--effort", String(panel.effort));
  if (panel.squoosh.length > 0) flags.push("--squoosh", panel.squoosh.join(","));
  return flags;
}

function pictureFlags(panel: PanelSettings): string[] {
  const flags: string[] = [];
  const { crop } = panel;
  if (crop.width !== null && crop.height !== null) {
    flags.push("--crop", `${crop.width}x${crop.height}+${crop.x}+${crop.y}`);
  }
  if (panel.rotate !== 0) flags.push("--rotate", String(panel.rotate));
  if (panel.flip !== null) flags.push("--flip", panel.flip);
  if (!resizes(panel)) return flags;
  const box = panel.longEdge !== null ? String(panel.longEdge) : `${panel.width ?? ""}x${panel.height ?? ""}`;
  flags.push("--resize", box);
  if (fitMatters(panel) && panel.fit !== "inside") flags.push("--fit", panel.fit);
  if (panel.enlarge) flags.push("--enlarge");
  return flags;
}
