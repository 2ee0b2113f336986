import { IN_SHORT } from "../ui/page-text";
import { FORMAT_NAMES } from "../ui/words";
import { DEFAULT_SETTINGS, type PanelSettings, resizes } from "./model";

/** The settings in one line, for where the panel is folded. */
export function summary(settings: PanelSettings): string {
  const parts = [goal(settings), formats(settings)];
  if (settings.longEdge !== null) parts.push(IN_SHORT.longEdge(settings.longEdge));
  else if (resizes(settings)) parts.push(IN_SHORT.box(settings.width, settings.height));
  if (settings.crop.width !== null && settings.crop.height !== null) parts.push(IN_SHORT.cropped);
  if (settings.rotate !== 0) parts.push(IN_SHORT.turned(settings.rotate));
  if (settings.flip !== null) parts.push(IN_SHORT.mirrored);
  if (settings.metadata !== "safe") parts.push(IN_SHORT.metadata[settings.metadata]);
  if (settings.color === "srgb") parts.push(IN_SHORT.srgb);
  if (settings.effort !== DEFAULT_SETTINGS.effort) parts.push(IN_SHORT.effort(settings.effort));
  if (settings.squoosh.length > 0)
    parts.push(IN_SHORT.squoosh(settings.squoosh.map((codec) => FORMAT_NAMES[codec]).join(", ")));
  return parts.join(" · ");
}

function goal(settings: PanelSettings): string {
  switch (settings.goal) {
    case "score":
      return IN_SHORT.score(settings.score);
    case "quality":
      return IN_SHORT.quality(settings.quality);
    case "size":
      return IN_SHORT.size(settings.size, settings.sizeUnit);
    case "lossless":
      return IN_SHORT.lossless;
  }
}

function formats({ formats }: PanelSettings): string {
  if (formats === "keep") return IN_SHORT.sameFormat;
  if (formats === "auto") return IN_SHORT.bestFormat;
  return formats.map((format) => FORMAT_NAMES[format]).join(", ");
}
