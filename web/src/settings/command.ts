import { DEFAULT_SETTINGS, type PanelSettings } from "./model";

/**
 * The command that does natively what the panel says. Only what differs from the defaults is written: the
 * shortest command is the one people remember.
 */
export function toCommand(panel: PanelSettings, input = "photos/", output = "out/"): string {
  return ["planish", input, "-o", output, ...goalFlags(panel), ...otherFlags(panel)].join(" ");
}

function goalFlags(panel: PanelSettings): string[] {
  switch (panel.goal) {
    case "score":
      return panel.score === DEFAULT_SETTINGS.score ? [] : ["--target", `ssim2=${panel.score}`];
    case "quality":
      return ["-q", String(panel.quality)];
    case "size":
      return ["--max-size", `${panel.size}${panel.sizeUnit}`];
    case "lossless":
      return ["--lossless"];
  }
}

function otherFlags(panel: PanelSettings): string[] {
  const flags: string[] = [];
  if (panel.formats !== "keep") {
    flags.push("-f", panel.formats === "auto" ? "auto" : panel.formats.join(","));
  }
  if (panel.metadata !== DEFAULT_SETTINGS.metadata) flags.push("--metadata", panel.metadata);
  if (panel.width !== null || panel.height !== null) {
    flags.push("--resize", `${panel.width ?? ""}x${panel.height ?? ""}`);
  }
  return flags;
}
