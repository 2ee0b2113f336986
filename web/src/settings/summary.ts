import { FORMAT_NAMES } from "../ui/words";
import { DEFAULT_SETTINGS, type PanelSettings, resizes } from "./model";

/** What differs from the default, which keeps copyright and author. */
const METADATA_WORDS = { keep: "with metadata", strip: "no metadata at all" } as const;

/** The settings in one line, for where the panel is folded. */
export function summary(settings: PanelSettings): string {
  const parts = [goal(settings), formats(settings)];
  if (settings.longEdge !== null) parts.push(`at most ${settings.longEdge} pixels long`);
  else if (resizes(settings)) parts.push(`${settings.width ?? "any"} × ${settings.height ?? "any"}`);
  if (settings.crop.width !== null && settings.crop.height !== null) parts.push("cropped");
  if (settings.rotate !== 0) parts.push(`turned by ${settings.rotate}°`);
  if (settings.flip !== null) parts.push("mirrored");
  if (settings.metadata !== "safe") parts.push(METADATA_WORDS[settings.metadata]);
  if (settings.color === "srgb") parts.push("sRGB");
  if (settings.effort !== DEFAULT_SETTINGS.effort) parts.push(`effort ${settings.effort}`);
  if (settings.squoosh.length > 0)
    parts.push(`${settings.squoosh.map((codec) => FORMAT_NAMES[codec]).join(", ")} by Squoosh`);
  return parts.join(" · ");
}

function goal(settings: PanelSettings): string {
  switch (settings.goal) {
    case "score":
      return `Looks the same (${settings.score})`;
    case "quality":
      return `Quality ${settings.quality}`;
    case "size":
      return `At most ${settings.size} ${settings.sizeUnit}`;
    case "lossless":
      return "Lossless";
  }
}

function formats({ formats }: PanelSettings): string {
  if (formats === "keep") return "same format";
  if (formats === "auto") return "best format";
  return formats.map((format) => FORMAT_NAMES[format]).join(", ");
}
